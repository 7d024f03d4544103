/** The formats that oslo.utils knows by their marks alone, and those that it knows in order to refuse them. */
import { inEnglish } from '#shared/in-english.ts';
import { piece, startsWith, viewOf, latin1 } from './file-head.ts';
import { sizeProblemOf, unchecked, type Inspector } from './inspector.ts';

const headerBytes = 512;
const luksHeaderBytes = 592;
const systemAreaBytes = 32 << 10;
const descriptorBytes = 2 << 10;
const vdiSignature = 0xbeda107f;

/** The footer's copy in front, which only dynamic disks have: a fixed one goes by what is on it. */
export const inspectVhd: Inspector = (file) => {
  const header = piece(file, 0, headerBytes);
  if (!startsWith(header, 'conectix')) return null;
  if (header.length < headerBytes) return unchecked('vhd', false);
  return unchecked('vhd', true, sizeProblemOf(viewOf(header).getBigUint64(40)));
};

export const inspectVdi: Inspector = (file) => {
  const header = piece(file, 0, headerBytes);
  const isVdi = header.length === headerBytes && viewOf(header).getUint32(64, true) === vdiSignature;
  return isVdi ? unchecked('vdi', true, sizeProblemOf(viewOf(header).getBigUint64(368, true))) : null;
};

export const inspectQed: Inspector = (file) => {
  const header = piece(file, 0, headerBytes);
  if (header.length < headerBytes || !startsWith(header, 'QED\0')) return null;
  return {
    format: 'qed',
    complete: true,
    failures: [{ check: 'banned', reason: inEnglish('the format is not allowed') }],
    sizeProblem: null,
  };
};

export const inspectIso: Inspector = (file) => {
  const descriptor = piece(file, systemAreaBytes, descriptorBytes);
  const mark = descriptor.length < descriptorBytes ? '' : latin1(descriptor.subarray(1, 6));
  return ['CD001', 'NSR02', 'NSR03'].includes(mark) ? unchecked('iso', true) : null;
};

export const inspectLuks: Inspector = (file) => {
  const header = piece(file, 0, luksHeaderBytes);
  if (!startsWith(header, 'LUKS\xba\xbe')) return null;
  if (header.length < luksHeaderBytes) return unchecked('luks', false);
  const version = viewOf(header).getUint16(6);
  const failures =
    version === 1
      ? []
      : [{ check: 'version', reason: inEnglish('it is version {version} of LUKS', { version }) }];
  return { format: 'luks', complete: true, failures, sizeProblem: null };
};
