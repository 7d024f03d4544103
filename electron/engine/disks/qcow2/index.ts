/** The qcow2 driver: QEMU's copy-on-write images, versions 2 and 3. */
import type { Creation, DiskDriver } from '../driver.ts';
import { checkQcow2 } from './check.ts';
import { readHeader } from './header.ts';
import { ClusterEncoder } from './compressed-clusters.ts';
import { magic } from './layout.ts';
import { openQcow2 } from './reader.ts';
import { repairQcow2 } from './repair.ts';
import { resizeQcow2 } from './resize.ts';
import { capacityFor, options, outputSize, targetGeometry, variants } from './target-geometry.ts';
import { createQcow2Writer } from './writer.ts';

const creation: Creation = {
  variants,
  options,
  backs: true,
  unitBytes: (shape) => targetGeometry(shape).unitBytes,
  capacityFor,
  outputSize: (shape, countUnits) => outputSize(targetGeometry(shape), countUnits),
  writer: (sink, shape) => createQcow2Writer(sink, targetGeometry(shape)),
  encoder(shape) {
    const { compression, clusterBytes } = targetGeometry(shape);
    return compression === null ? null : new ClusterEncoder(compression, clusterBytes);
  },
};

export const qcow2: DiskDriver<'qcow2'> = {
  id: 'qcow2',
  title: 'qcow2',
  extensions: ['qcow2'],
  probe(file) {
    if (file.sizeBytes < 8) return 'no';
    const start = new DataView(new ArrayBuffer(8));
    file.read(0, new Uint8Array(start.buffer));
    // Version 1 is another format. One that is newer than ours is still qcow2, and opening it says so.
    return start.getUint32(0) === magic && start.getUint32(4) >= 2 ? 'certain' : 'no';
  },
  open: openQcow2,
  references(file) {
    const { backingFile, hasDataFile, extensions } = readHeader(file);
    const parent = backingFile === null ? null : { name: backingFile, identity: null };
    return {
      parent,
      extents: hasDataFile && extensions.dataFile ? [extensions.dataFile] : [],
      identity: null,
    };
  },
  creation,
  structure: {
    check: (file, _context, control) => checkQcow2(file, control),
    repair: (file, _context, control, scope) => repairQcow2(file, control, scope),
  },
  resize: resizeQcow2,
};
