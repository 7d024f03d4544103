/** UUIDs (RFC 9562) as disks store them: in network byte order, or as Microsoft's GUIDs; and the option that gives one. */
import type { OptionValues } from '#shared/domain/conversion.ts';
import type { OptionDeclaration } from '#shared/domain/format.ts';
import { inEnglish, type Message } from '#shared/in-english.ts';

/** The first three parts of a GUID are stored in little endian. */
const guidOrder = [3, 2, 1, 0, 5, 4, 7, 6, 8, 9, 10, 11, 12, 13, 14, 15] as const;

/** A UUID stored in network byte order in the usual notation. */
export function uuidText(uuid: Uint8Array): string {
  const text = Buffer.from(uuid).toString('hex');
  return text.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}

/** What is wrong with a parent whose UUID is not the one that its child notes. */
export function otherUuid(uuid: string | null, expected: string): Message {
  return uuid === null
    ? inEnglish('its UUID is missing; {expected} is wanted', { expected })
    : inEnglish('its UUID is {uuid}, not {expected}', { uuid, expected });
}

/** The stored form, in network byte order, of a UUID in the usual notation; braces do not matter. */
export function uuidBytes(text: string): Uint8Array {
  return new Uint8Array(Buffer.from(text.replace(/[-{}]/g, ''), 'hex'));
}

/** A stored GUID in the usual notation. */
export function guidText(guid: Uint8Array): string {
  return uuidText(reordered(guid));
}

/** The stored form of a GUID in the usual notation. */
export function guidBytes(text: string): Uint8Array {
  return reordered(uuidBytes(text));
}

function reordered(bytes: Uint8Array): Uint8Array {
  return Uint8Array.from(guidOrder, (index) => bytes[index]!);
}

export function isNullUuid(uuid: Uint8Array): boolean {
  return uuid.every((byte) => byte === 0);
}

/** The option by which a person gives the identifier of an image; all zeros is none. */
export function uuidOption(help: string): OptionDeclaration {
  return {
    name: 'uuid',
    title: 'UUID',
    help,
    type: 'text',
    default: '',
    pattern: '(?!\\{?[0-]+\\}?$)\\{?[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}\\}?',
  };
}

/** The UUID that the options give in the usual notation; null when they give none. */
export function givenUuid(options: OptionValues): string | null {
  const given = String(options['uuid'] ?? '')
    .replace(/[{}]/g, '')
    .toLowerCase();
  return given === '' ? null : given;
}
