'use strict';

// The `c:` field as hot-shots has it: a container's ID, or the inode of the control group, in the host's namespace too.

const fs = require('fs');
const native = require('./native');

/** Inodes up to this one are those of file systems' roots. */
const LAST_RESERVED = 2;

function read(file) {
  try {
    return fs.readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}

/** The inode of the control group that the first line of version 2 or of the memory controller names. */
function inode() {
  for (const line of read('/proc/self/cgroup').split('\n')) {
    const [, controllers, group] = /^\d+:([^:]*):(.+)$/.exec(line) ?? [];
    if (group === undefined || !(controllers === '' || controllers.split(',').includes('memory'))) continue;
    const number = fs.statSync(`/sys/fs/cgroup/${controllers && 'memory'}/${group}`, { throwIfNoEntry: false })?.ino;
    if (number > LAST_RESERVED) return `in-${number}`;
  }
  return undefined;
}

/** The container of this process, undefined where nothing tells of one. */
function containerId() {
  try {
    return native.containerId() ?? inode();
  } catch {
    return undefined;
  }
}

module.exports = { containerId };
