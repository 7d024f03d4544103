/** Words for every failure: what happened and what to do next, said alike by the window and the command line. */
import type { FailureCode, FailureData, FailureDetails } from '../failure.ts';
import type { Message } from '../in-english.ts';
import { inWords } from './in-words.ts';
import { printable } from './printable.ts';
import { formatBytes, formatSize } from './units.ts';
import { t } from './words.ts';

export interface FailureText {
  /** What happened: one sentence on one line. */
  readonly sentence: string;
  /** What the user can do about it. */
  readonly nextStep: string;
}

type Words = { readonly [Code in FailureCode]: (details: FailureDetails[Code]) => FailureText };

const longestName = 512;

/** A name or word that came from outside, short enough for a sentence. */
function plain(message: Message): string {
  const text = inWords(message);
  return printable(text.length > longestName ? `${text.slice(0, longestName)}…` : text);
}

function named(text: string): string {
  return t('“{name}”', { name: plain(text) });
}

/** The text as the end of a sentence: one full stop. */
function ended(text: Message): string {
  const shown = plain(text).trim();
  return /[.!?…]$/.test(shown) ? shown : `${shown}.`;
}

const brokenFile = (): string =>
  t('Get the file again from where it came from: this copy is damaged, or was made by a faulty program.');

function noSpace(path: string, neededBytes: number | undefined, freeBytes: number | undefined): string {
  const [needed, free] = [neededBytes, freeBytes].map((bytes) =>
    bytes === undefined ? '' : formatBytes(bytes),
  );
  if (neededBytes !== undefined && freeBytes !== undefined)
    return t('There is not enough space for {path}: {needed} needed, {free} free.', {
      path,
      needed: needed!,
      free: free!,
    });
  if (neededBytes !== undefined)
    return t('There is not enough space for {path}: {needed} needed.', { path, needed: needed! });
  if (freeBytes !== undefined)
    return t('There is not enough space for {path}: {free} free.', { path, free: free! });
  return t('There is not enough space for {path}.', { path });
}

const words: Words = {
  'io.not-found': ({ path }) => ({
    sentence: t('{path} is not there.', { path: named(path) }),
    nextStep: t('Check whether it was moved or renamed, and whether its drive is connected.'),
  }),
  'io.denied': ({ path }) => ({
    sentence: t('The system does not allow access to {path}.', { path: named(path) }),
    nextStep: t('Change the permissions of the file or its folder, or choose another one.'),
  }),
  'io.exists': ({ path }) => ({
    sentence: t('{path} is there already.', { path: named(path) }),
    nextStep: t('Choose another name or folder, or say that it may be replaced.'),
  }),
  'io.no-space': ({ path, neededBytes, freeBytes }) => ({
    sentence: noSpace(named(path), neededBytes, freeBytes),
    nextStep: t('Make room on that drive, or choose a folder on another one.'),
  }),
  'io.failed': ({ path, reason }) => ({
    sentence: t('The system could not read or write {path} ({reason}).', {
      path: named(path),
      reason: plain(reason),
    }),
    nextStep: t('Try again; if it happens again, check the drive and its connection.'),
  }),
  'image.malformed': ({ format, structure, field, fileOffset, problem }) => ({
    sentence: t(
      'This {format} image is damaged: in its {structure}, the field {field} at byte {fileOffset} is wrong ({problem}).',
      {
        format: plain(format),
        structure: plain(structure),
        field: named(field),
        fileOffset,
        problem: plain(problem),
      },
    ),
    nextStep: brokenFile(),
  }),
  'image.truncated': ({ path, neededBytes, actualBytes }) => ({
    sentence: t('{path} ends too early: it needs {neededBytes} and has {actualBytes}.', {
      path: named(path),
      neededBytes: formatSize(neededBytes),
      actualBytes: formatSize(actualBytes),
    }),
    nextStep: t('The download or copy was probably cut off: fetch the file again.'),
  }),
  'image.unsupported': ({ format, feature }) => ({
    sentence: t('This {format} file uses something that Platter does not support: {feature}', {
      format: plain(format),
      feature: ended(feature),
    }),
    nextStep: t('Export it again without that feature from the program that made it.'),
  }),
  'image.encrypted': ({ format, method }) => ({
    sentence: t('This {format} image is encrypted ({method}).', {
      format: plain(format),
      method: plain(method),
    }),
    nextStep: t('Decrypt it with the program that made it, then open the result.'),
  }),
  'image.unrecognised': ({ path }) => ({
    sentence: t('{path} is not an image or a package that Platter knows.', { path: named(path) }),
    nextStep: t('Choose a disk image, an OVA file, or an OVF file with its disks beside it.'),
  }),
  'image.parent-missing': ({ path, reference }) => ({
    sentence: t('{path} needs another file, {reference}, which is not there.', {
      path: named(path),
      reference: named(reference),
    }),
    nextStep: t('Put that file beside the image under the same name, then try again.'),
  }),
  'image.parent-mismatch': ({ path, parent, problem }) => ({
    sentence: t('{path} was made over another {parent} than the one that is there now: {problem}', {
      path: named(path),
      parent: named(parent),
      problem: ended(problem),
    }),
    nextStep: t(
      'Put the parent back as it was when the image was made: read over another one, the disk is garbage.',
    ),
  }),
  'image.wrong-passphrase': ({ format }) => ({
    sentence: t('The passphrase does not open this {format} image.', { format: plain(format) }),
    nextStep: t('Check the spelling, capitals and the keyboard’s language, and try again.'),
  }),
  'reference.denied': ({ reference, reason }) => ({
    sentence: t('The image names another file, {reference}, that Platter does not open: {reason}', {
      reference: named(reference),
      reason: ended(reason),
    }),
    nextStep: t('If you trust the image, put that file into the same folder; if not, leave it alone.'),
  }),
  'package.malformed': ({ structure, problem }) => ({
    sentence: t('The package is damaged: its {structure} is wrong ({problem}).', {
      structure: plain(structure),
      problem: plain(problem),
    }),
    nextStep: brokenFile(),
  }),
  'package.unsafe-name': ({ name, reason }) => ({
    sentence: t('The package holds a name that could lead outside its folder, {name}: {reason}', {
      name: named(name),
      reason: ended(reason),
    }),
    nextStep: t('Nothing was written. Do not use this package unless you know who made it, and why.'),
  }),
  'package.file-missing': ({ file }) => ({
    sentence: t('The package names the file {file} but does not hold it.', { file: named(file) }),
    nextStep: t('Put the file beside the descriptor, or fetch the complete package again.'),
  }),
  'package.manifest-mismatch': ({ file, algorithm, expected, actual }) => ({
    sentence: t(
      '{file} is not what the manifest says: its {algorithm} is {actual}, the manifest says {expected}.',
      { file: named(file), algorithm: plain(algorithm), actual: plain(actual), expected: plain(expected) },
    ),
    nextStep: t('The file was damaged or changed after the package was made: fetch the package again.'),
  }),
  'output.verification-failed': ({ path, virtualOffset }) => ({
    sentence: t(
      '{path} does not read back as what was read: the first difference is at byte {virtualOffset} of the disk.',
      { path: named(path), virtualOffset },
    ),
    nextStep: t('Check the drive that it was written to, then try again, on another drive if you can.'),
  }),
  'cloud.unreachable': ({ address, reason }) => ({
    sentence: t('The cloud at {address} does not answer ({reason}).', {
      address: named(address),
      reason: plain(reason),
    }),
    nextStep: t('Check the address, the network and any VPN; a cloud under maintenance answers later.'),
  }),
  'cloud.untrusted': ({ address, reason }) => ({
    sentence: t('The certificate of {address} is not trusted ({reason}).', {
      address: named(address),
      reason: plain(reason),
    }),
    nextStep: t(
      'Give the account the file of the authority that signed it (CA file); ask the cloud’s operator for it.',
    ),
  }),
  'cloud.unauthorised': ({ address, problem }) => ({
    sentence: t('{address} does not accept these credentials: {problem}', {
      address: named(address),
      problem: ended(problem),
    }),
    nextStep: t(
      'Check who the account says you are (user, domain, project, storage account) and its password, key or secret; what is granted for a time may have expired.',
    ),
  }),
  'cloud.forbidden': ({ action, problem }) => ({
    sentence: t('The cloud does not allow this account to {action}: {problem}', {
      action: plain(action),
      problem: ended(problem),
    }),
    nextStep: t('Use another project or account, or ask the cloud’s operator for the role that it takes.'),
  }),
  'cloud.quota': ({ problem }) => ({
    sentence: t('The quota in the cloud is used up: {problem}', { problem: ended(problem) }),
    nextStep: t('Delete images there that nobody needs, or ask the cloud’s operator for more.'),
  }),
  'cloud.unsafe-image': ({ path, problem }) => ({
    sentence: t('The cloud refuses {path}: {problem}', { path: named(path), problem: ended(problem) }),
    nextStep: t('Prepare it for the cloud, which makes a file that it takes, then upload that.'),
  }),
  'cloud.refused': ({ action, status, problem }) => ({
    sentence: t('The cloud could not {action} (HTTP {status}): {problem}', {
      action: plain(action),
      status,
      problem: ended(problem),
    }),
    nextStep: t('Change what it objects to; where it says that it failed by itself, try again later.'),
  }),
  'cloud.digest-mismatch': ({ name, algorithm, expected, actual }) => ({
    sentence: t('{name} is not the same on both sides: its {algorithm} is {actual} instead of {expected}.', {
      name: named(name),
      algorithm: plain(algorithm),
      actual: plain(actual),
      expected: plain(expected),
    }),
    nextStep: t('It was damaged on the way and has been removed: try again.'),
  }),
  'input.invalid': ({ problem }) => ({
    sentence: t('That cannot be done: {problem}', { problem: ended(problem) }),
    nextStep: t('Change what you asked for, then try again.'),
  }),
  'catalogue.newer': ({ path, version, knownVersion }) => ({
    sentence: t(
      'The library at {path} was written by a newer Platter (its version is {version}, this Platter knows {knownVersion}).',
      { path: named(path), version, knownVersion },
    ),
    nextStep: t('Update Platter, or use another library folder.'),
  }),
  'catalogue.damaged': ({ path, problem }) => ({
    sentence: t('The library file {path} is damaged: {problem}', {
      path: named(path),
      problem: ended(problem),
    }),
    nextStep: t('Start Platter again: it puts the file aside and goes on from the newest backup.'),
  }),
  'operation.cancelled': () => ({
    sentence: t('It was cancelled.'),
    nextStep: t('Nothing was left behind; start it again whenever you like.'),
  }),
  'operation.interrupted': ({ reason }) => ({
    sentence: t('It was interrupted: {reason}', { reason: ended(reason) }),
    nextStep: t('Resume it where that is offered; else start it again: then nothing was left behind.'),
  }),
  internal: ({ problem }) => ({
    sentence: t('Platter made a mistake: {problem}', { problem: ended(problem) }),
    nextStep: t('Try again; if it happens again, report it with these words.'),
  }),
};

/** The words for a failure, or for one as plain data. */
export function describeFailure(failure: FailureData | { code: FailureCode; details: object }): FailureText {
  const describe = words[failure.code] as (details: object) => FailureText;
  return describe(failure.details);
}
