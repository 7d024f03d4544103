/** Words for every failure: what happened and what to do next, said alike by the window and the command line. */
import type { FailureCode, FailureData, FailureDetails } from '../failure.ts';
import { printable } from './printable.ts';
import { formatBytes, formatSize } from './units.ts';

export interface FailureText {
  /** What happened: one sentence on one line. */
  readonly sentence: string;
  /** What the user can do about it. */
  readonly nextStep: string;
}

type Words = { readonly [Code in FailureCode]: (details: FailureDetails[Code]) => FailureText };

const longestName = 512;

/** A name or word that came from outside, short enough for a sentence. */
function plain(text: string): string {
  return printable(text.length > longestName ? `${text.slice(0, longestName)}…` : text);
}

function named(text: string): string {
  return `“${plain(text)}”`;
}

/** The text as the end of a sentence: one full stop. */
function ended(text: string): string {
  const shown = plain(text).trim();
  return /[.!?…]$/.test(shown) ? shown : `${shown}.`;
}

const brokenFile =
  'Get the file again from where it came from: this copy is damaged, or was made by a faulty program.';

const words: Words = {
  'io.not-found': ({ path }) => ({
    sentence: `${named(path)} is not there.`,
    nextStep: 'Check whether it was moved or renamed, and whether its drive is connected.',
  }),
  'io.denied': ({ path }) => ({
    sentence: `The system does not allow access to ${named(path)}.`,
    nextStep: 'Change the permissions of the file or its folder, or choose another one.',
  }),
  'io.exists': ({ path }) => ({
    sentence: `${named(path)} is there already.`,
    nextStep: 'Choose another name or folder, or say that it may be replaced.',
  }),
  'io.no-space': ({ path, neededBytes, freeBytes }) => ({
    sentence:
      `There is not enough space for ${named(path)}` +
      (neededBytes === undefined ? '' : `: ${formatBytes(neededBytes)} needed`) +
      (freeBytes === undefined
        ? ''
        : `${neededBytes === undefined ? ':' : ','} ${formatBytes(freeBytes)} free`) +
      '.',
    nextStep: 'Make room on that drive, or choose a folder on another one.',
  }),
  'io.failed': ({ path, reason }) => ({
    sentence: `The system could not read or write ${named(path)} (${plain(reason)}).`,
    nextStep: 'Try again; if it happens again, check the drive and its connection.',
  }),
  'image.malformed': ({ format, structure, field, fileOffset, problem }) => ({
    sentence:
      `This ${plain(format)} image is damaged: in its ${plain(structure)}, the field ${named(field)} ` +
      `at byte ${fileOffset} is wrong (${plain(problem)}).`,
    nextStep: brokenFile,
  }),
  'image.truncated': ({ path, neededBytes, actualBytes }) => ({
    sentence: `${named(path)} ends too early: it needs ${formatSize(neededBytes)} and has ${formatSize(actualBytes)}.`,
    nextStep: 'The download or copy was probably cut off: fetch the file again.',
  }),
  'image.unsupported': ({ format, feature }) => ({
    sentence: `This ${plain(format)} file uses something that Platter does not support: ${ended(feature)}`,
    nextStep: 'Export it again without that feature from the program that made it.',
  }),
  'image.encrypted': ({ format, method }) => ({
    sentence: `This ${plain(format)} image is encrypted (${plain(method)}).`,
    nextStep: 'Decrypt it with the program that made it, then open the result.',
  }),
  'image.unrecognised': ({ path }) => ({
    sentence: `${named(path)} is not an image or a package that Platter knows.`,
    nextStep: 'Choose a disk image, an OVA file, or an OVF file with its disks beside it.',
  }),
  'image.parent-missing': ({ path, reference }) => ({
    sentence: `${named(path)} needs another file, ${named(reference)}, which is not there.`,
    nextStep: 'Put that file beside the image under the same name, then try again.',
  }),
  'image.parent-mismatch': ({ path, parent, problem }) => ({
    sentence: `${named(path)} was made over another ${named(parent)} than the one that is there now: ${ended(problem)}`,
    nextStep:
      'Put the parent back as it was when the image was made: read over another one, the disk is garbage.',
  }),
  'image.wrong-passphrase': ({ format }) => ({
    sentence: `The passphrase does not open this ${plain(format)} image.`,
    nextStep: 'Check the spelling, capitals and the keyboard’s language, and try again.',
  }),
  'reference.denied': ({ reference, reason }) => ({
    sentence: `The image names another file, ${named(reference)}, that Platter does not open: ${ended(reason)}`,
    nextStep: 'If you trust the image, put that file into the same folder; if not, leave it alone.',
  }),
  'package.malformed': ({ structure, problem }) => ({
    sentence: `The package is damaged: its ${plain(structure)} is wrong (${plain(problem)}).`,
    nextStep: brokenFile,
  }),
  'package.unsafe-name': ({ name, reason }) => ({
    sentence: `The package holds a name that could lead outside its folder, ${named(name)}: ${ended(reason)}`,
    nextStep: 'Nothing was written. Do not use this package unless you know who made it, and why.',
  }),
  'package.file-missing': ({ file }) => ({
    sentence: `The package names the file ${named(file)} but does not hold it.`,
    nextStep: 'Put the file beside the descriptor, or fetch the complete package again.',
  }),
  'package.manifest-mismatch': ({ file, algorithm, expected, actual }) => ({
    sentence:
      `${named(file)} is not what the manifest says: its ${plain(algorithm)} is ${plain(actual)}, ` +
      `the manifest says ${plain(expected)}.`,
    nextStep: 'The file was damaged or changed after the package was made: fetch the package again.',
  }),
  'output.verification-failed': ({ path, virtualOffset }) => ({
    sentence: `${named(path)} does not read back as what was read: the first difference is at byte ${virtualOffset} of the disk.`,
    nextStep: 'Check the drive that it was written to, then try again, on another drive if you can.',
  }),
  'cloud.unreachable': ({ address, reason }) => ({
    sentence: `The cloud at ${named(address)} does not answer (${plain(reason)}).`,
    nextStep: 'Check the address, the network and any VPN; a cloud under maintenance answers later.',
  }),
  'cloud.untrusted': ({ address, reason }) => ({
    sentence: `The certificate of ${named(address)} is not trusted (${plain(reason)}).`,
    nextStep:
      'Give the account the file of the authority that signed it (CA file); ask the cloud’s operator for it.',
  }),
  'cloud.unauthorised': ({ address, problem }) => ({
    sentence: `${named(address)} does not accept these credentials: ${ended(problem)}`,
    nextStep:
      'Check the user, its domain, the project and the password or secret; an application credential may have expired.',
  }),
  'cloud.forbidden': ({ action, problem }) => ({
    sentence: `The cloud does not allow this account to ${plain(action)}: ${ended(problem)}`,
    nextStep: 'Use another project or account, or ask the cloud’s operator for the role that it takes.',
  }),
  'cloud.quota': ({ problem }) => ({
    sentence: `The quota in the cloud is used up: ${ended(problem)}`,
    nextStep: 'Delete images there that nobody needs, or ask the cloud’s operator for more.',
  }),
  'cloud.unsafe-image': ({ path, problem }) => ({
    sentence: `The cloud refuses ${named(path)}: ${ended(problem)}`,
    nextStep: 'Prepare it for the cloud, which makes a file that it takes, then upload that.',
  }),
  'cloud.refused': ({ action, status, problem }) => ({
    sentence: `The cloud could not ${plain(action)} (HTTP ${status}): ${ended(problem)}`,
    nextStep: 'Change what it objects to; where it says that it failed by itself, try again later.',
  }),
  'cloud.digest-mismatch': ({ name, algorithm, expected, actual }) => ({
    sentence: `${named(name)} is not the same on both sides: its ${plain(algorithm)} is ${plain(actual)} instead of ${plain(expected)}.`,
    nextStep: 'It was damaged on the way and has been removed: try again.',
  }),
  'input.invalid': ({ problem }) => ({
    sentence: `That cannot be done: ${ended(problem)}`,
    nextStep: 'Change what you asked for, then try again.',
  }),
  'catalogue.newer': ({ path, version, knownVersion }) => ({
    sentence:
      `The library at ${named(path)} was written by a newer Platter ` +
      `(its version is ${version}, this Platter knows ${knownVersion}).`,
    nextStep: 'Update Platter, or use another library folder.',
  }),
  'catalogue.damaged': ({ path, problem }) => ({
    sentence: `The library file ${named(path)} is damaged: ${ended(problem)}`,
    nextStep: 'Start Platter again: it puts the file aside and goes on from the newest backup.',
  }),
  'operation.cancelled': () => ({
    sentence: 'It was cancelled.',
    nextStep: 'Nothing was left behind; start it again whenever you like.',
  }),
  'operation.interrupted': ({ reason }) => ({
    sentence: `It was interrupted: ${ended(reason)}`,
    nextStep: 'Resume it where that is offered; else start it again: then nothing was left behind.',
  }),
  internal: ({ problem }) => ({
    sentence: `Platter made a mistake: ${ended(problem)}`,
    nextStep: 'Try again; if it happens again, report it with these words.',
  }),
};

/** The words for a failure, or for one as plain data. */
export function describeFailure(failure: FailureData | { code: FailureCode; details: object }): FailureText {
  const describe = words[failure.code] as (details: object) => FailureText;
  return describe(failure.details);
}
