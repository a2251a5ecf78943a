/** The one handler of dist/bundle/pool-entry.cjs (and pool-cached.cjs), which piscina calls; an ES module's declaration would describe it wrongly. */
export declare function handle(message: object): unknown
