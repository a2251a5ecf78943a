import { statfsSync, statSync } from 'node:fs'
import { LevError } from '@levattention/core/internal'

/** An input of a run. */
interface MarkedFile {
  readonly path: string
}

/** Linux file systems whose times of change are the system's own: ext, XFS, Btrfs, F2FS, bcachefs, ZFS, tmpfs, overlay, NFS, Lustre, GPFS, BeeGFS, Ceph. */
const DATED = [
  0xef53, 0x58465342, 0x9123683e, 0xf2f52010, 0xca451a4e, 0x2fc12fc1, 0x01021994, 0x794c7630, 0x6969,
  0x0bd00bd0, 0x47504653, 0x19830326, 0x00c36400,
]

/** Can nothing be written to the files of `inputs` without another mark? Not on a file system (vfat, FUSE) that dates changes as it is told. */
export function areMarksSure(inputs: readonly MarkedFile[]): boolean {
  return (
    process.platform !== 'linux' || inputs.every(({ path }) => DATED.includes(statfsSync(path).type >>> 0))
  )
}

/**
 * By which each file of `inputs` is known without being read: whatever writes to it, or puts another in its place, changes one of
 * them. The time of modification can be put back by anybody, the time of change by nobody; the device is left out, since hosts
 * number their disks as they like. Throws InputChanged where one is gone.
 */
export function fileMarks(inputs: readonly MarkedFile[], run: string): string[] {
  return inputs.map(({ path }) => {
    const now = statSync(path, { bigint: true, throwIfNoEntry: false })
    if (now === undefined) {
      const message = `${path} is gone since the run in ${run} was planned; put it back, or begin anew in another run folder`
      throw new LevError('InputChanged', message, { file: path })
    }
    return `${path} ${now.size} ${now.ino} ${now.mtimeNs} ${now.ctimeNs}`
  })
}
