// What the thread of one resident actor loads: the actor that its settings name, exposed to the owner of the thread.
import { parentPort, workerData } from 'node:worker_threads'
import { kernelsOf } from '@levattention/core/internal'
import { type Endpoint, expose } from 'comlink'
import type { ActorSettings } from './actor-settings.ts'
import { SearchActor } from './search-actor.ts'
import { SummaryActor } from './summary-actor.ts'
import { nodeEndpoint } from './node-endpoint.ts'

function actorOf(settings: ActorSettings): SearchActor | SummaryActor {
  const kernels = kernelsOf(settings)
  return settings.actor === 'search'
    ? new SearchActor(settings, kernels)
    : new SummaryActor(settings, kernels)
}

if (parentPort) expose(actorOf(workerData as ActorSettings), nodeEndpoint(parentPort) as Endpoint)
