import { readFile, statfs } from 'node:fs/promises';

/**
 * File systems that change without telling this kernel, by the magic number of `statfs`: the network's, those of
 * virtual machines and of user space, and those whose files are made at the moment of reading.
 *
 * Source  statfs(2); include/uapi/linux/magic.h
 */
const silentTypes: ReadonlySet<number> = new Set([
  0x6969, // nfs
  0x517b, // smb
  0xff534d42, // cifs
  0xfe534d42, // smb2
  0x01021997, // 9p
  0x65735546, // fuse, virtiofs
  0x00c36400, // ceph
  0x0bd00bd0, // lustre
  0x5346414f, // afs
  0x6b414653, // kafs
  0x73757245, // coda
  0x01161970, // gfs2
  0x7461636f, // ocfs2
  0x786f4256, // vboxsf
  0x9fa0, // proc
  0x62656572, // sysfs
]);

/** Says whether a change in this directory is sure to be told by the kernel; a directory that cannot be asked is taken to be local. */
export async function tellsChanges(directory: string): Promise<boolean> {
  try {
    return !silentTypes.has((await statfs(directory)).type);
  } catch {
    return true;
  }
}

/**
 * Says whether something is mounted on this very path. A file that is a mount of its own belongs to another directory,
 * and that one is told of changes.
 *
 * Source  proc_pid_mountinfo(5), field 5; white space in it is written as octal
 */
export async function isMountPoint(path: string): Promise<boolean> {
  const escaped = path.replace(/[ \t\n\\]/g, (char) => `\\0${char.charCodeAt(0).toString(8).padStart(2, '0')}`);
  const mounts = await readFile('/proc/self/mountinfo', 'utf8').catch(() => '');
  return mounts.split('\n').some((line) => line.split(' ')[4] === escaped);
}
