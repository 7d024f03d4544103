/** Writing the members of a build in their order; what names the others comes last, into the room kept for it. */
import type { BuildRequest } from '#shared/domain/build.ts';
import { Failure } from '#shared/failure.ts';
import { inEnglish } from '#shared/in-english.ts';
import type { ByteSink } from '../bytes/sink.ts';
import type { Member, WrittenDisk, WrittenMember } from '../builders/driver.ts';
import type { Control } from '../control.ts';
import { itemName, openDisk } from '../pipeline/open.ts';
import { copySource } from './copy-source.ts';
import type { EnclosureWriter, MemberPlace } from './enclosures.ts';
import { sizeOfMember } from './member-size.ts';
import { verifyOutput } from './verify-output.ts';
import { prepareWork, writeDisk } from './write-disk.ts';

type TextMember = Member & { kind: 'text' };

/**
 * Writes all members; the answers stand in the same order. `needsSizes`: each size is asked for before the member is
 * written.
 * @throws Failure of whatever a member is made from.
 */
export function writeMembers(
  members: readonly Member[],
  enclosure: EnclosureWriter,
  needsSizes: boolean,
  request: BuildRequest,
  control: Control,
): WrittenMember[] {
  const written = new Map<Member, WrittenMember>();
  const waiting: { member: TextMember; place: MemberPlace }[] = [];
  for (const member of members) {
    control.throwIfCancelled();
    if (member.kind === 'text') {
      waiting.push({ member, place: enclosure.place(member.name, member.reservedBytes) });
      continue;
    }
    const size = needsSizes ? sizeOfMember(member, request.outputPath, control) : null;
    const place = enclosure.place(member.name, size);
    const disk = writeMember(member, place, request, control);
    written.set(member, describe(member.name, place, place.sizeBytes(), disk, control));
  }
  // A manifest names the descriptor, so those that stand later are composed later.
  for (const { member, place } of waiting) {
    const others = members.flatMap((other) => written.get(other) ?? []);
    const sizeBytes = writeText(member, place, others);
    written.set(member, describe(member.name, place, sizeBytes, null, control));
  }
  return members.map((member) => written.get(member)!);
}

function writeMember(
  member: Exclude<Member, TextMember>,
  place: MemberPlace,
  request: BuildRequest,
  control: Control,
): WrittenDisk | null {
  switch (member.kind) {
    case 'disk':
      return writeDiskMember(member, place, request, control);
    case 'copy':
      copyMember(member, place.sink, control);
      return null;
    case 'stream':
      control.begin('building', member.sizeBytes, member.name);
      member.write(place.sink, control);
      return null;
  }
}

function writeDiskMember(
  member: Member & { kind: 'disk' },
  place: MemberPlace,
  request: BuildRequest,
  control: Control,
): WrittenDisk {
  const { source, target } = member;
  const disk = openDisk(source);
  try {
    // A stream is read back as a whole, when it is complete.
    const verify = (request.verify ?? true) && place.readable !== null;
    const work = prepareWork(source, disk, target, { outputPath: request.outputPath }, control);
    const chunks = writeDisk(work, disk, place.sink, itemName(source), { verify }, control);
    if (chunks !== null && place.readable !== null) {
      const { path, start } = place.readable;
      const part = { start, length: place.sizeBytes() };
      const written = { path, part, format: work.target.driver.id, standIns: place.readable.standIns() };
      const output = { source: written, name: member.name };
      const { capacityBytes } = disk;
      const expected = { source, capacityBytes, written: chunks, chunkBytes: work.chunkBytes };
      verifyOutput(output, expected, false, control);
    }
    return { virtualSizeBytes: work.target.shape.capacityBytes, dataBytes: work.spans.dataBytes };
  } finally {
    disk.close();
  }
}

/** Copies the bytes, holes as holes. */
function copyMember(member: Member & { kind: 'copy' }, sink: ByteSink, control: Control): void {
  const source = member.open();
  try {
    control.begin('copying', source.sizeBytes, member.name);
    copySource(source, sink, control);
  } finally {
    source.close();
  }
}

/** The size that the member has then: what was reserved where something lies behind it, else what was composed. */
function writeText(member: TextMember, place: MemberPlace, others: readonly WrittenMember[]): number {
  const bytes = member.compose(others);
  if (bytes.length > member.reservedBytes) {
    throw new Failure('internal', {
      problem: inEnglish('{name} takes {count} bytes, and {reservedBytes} are kept for it', {
        name: member.name,
        count: bytes.length,
        reservedBytes: member.reservedBytes,
      }),
    });
  }
  place.sink.write(0, bytes);
  const sizeBytes = place.sizeBytes();
  if (sizeBytes > bytes.length) {
    const rest = new Uint8Array(sizeBytes - bytes.length).fill(member.filler ?? 0x0a);
    place.sink.write(bytes.length, rest);
  }
  return sizeBytes;
}

function describe(
  name: string,
  place: MemberPlace,
  sizeBytes: number,
  disk: WrittenDisk | null,
  control: Control,
): WrittenMember {
  // A stream is hashed on its way.
  if (place.readable !== null) control.begin('hashing', sizeBytes, name);
  return { name, sizeBytes, sha256: place.sha256(control), disk };
}
