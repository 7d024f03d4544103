// The change to better-sqlite3's source that lets it run on Node-API 8, where only objects and functions can be referenced.
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

export interface SourceEdit {
  readonly file: string;
  readonly find: string;
  readonly replacement: string;
  /** How often `find` has to occur; any other number means the source is not the one this was written for. */
  readonly occurrences: number;
}

/** Takes the place of `Napi::Reference<Napi::String>`: it keeps the text, and makes the string anew each time. */
const STRING_REFERENCE = `class StringReference {
public:
	StringReference() : env(NULL) {}
	explicit StringReference(Napi::String value) : env(value.Env()), text(value.Utf8Value()) {}
	Napi::String Value() const { return Napi::String::New(env, text); }
private:
	napi_env env;
	std::string text;
};

`;

const REFERENCE_TYPE = 'Napi::Reference<Napi::String>';
const SET_FROZEN = 'inline void SetFrozen(Napi::Env env, Napi::Object obj, const ';

/** The edits for better-sqlite3 13.2.0, in the order they are made. */
export const nodeApi8Edits: readonly SourceEdit[] = [
  {
    file: 'src/util/helpers.cpp',
    find: `${SET_FROZEN}${REFERENCE_TYPE}& key`,
    replacement: `${STRING_REFERENCE}${SET_FROZEN}StringReference& key`,
    occurrences: 1,
  },
  { file: 'src/util/constants.cpp', find: REFERENCE_TYPE, replacement: 'StringReference', occurrences: 20 },
  {
    file: 'src/util/constants.cpp',
    find: 'Napi::Persistent(InternalizedFromLatin1(env, str))',
    replacement: 'StringReference(InternalizedFromLatin1(env, str))',
    occurrences: 2,
  },
  { file: 'src/util/bind-map.cpp', find: REFERENCE_TYPE, replacement: 'StringReference', occurrences: 1 },
  {
    file: 'src/util/bind-map.cpp',
    find: 'name(Napi::Persistent(InternalizedFromUtf8(env, name, -1)))',
    replacement: 'name(InternalizedFromUtf8(env, name, -1))',
    occurrences: 1,
  },
  {
    file: 'src/util/bind-map.cpp',
    find: 'name(Napi::Persistent(pair->name.Value()))',
    replacement: 'name(pair->name)',
    occurrences: 1,
  },
  { file: 'binding.gyp', find: 'NAPI_VERSION=10', replacement: 'NAPI_VERSION=8', occurrences: 1 },
];

/** Applies one edit to a text. Throws when the text to be replaced is not there exactly as often as expected. */
export function applyEdit(text: string, edit: SourceEdit): string {
  const pieces = text.split(edit.find);
  if (pieces.length - 1 !== edit.occurrences) {
    throw new Error(
      `${edit.file}: expected ${edit.occurrences} × ${JSON.stringify(edit.find)}, found ${pieces.length - 1}`,
    );
  }
  return pieces.join(edit.replacement);
}

/** Applies edits to the files of a source folder. Throws at the first that does not fit; what came before stays changed. */
export async function applyEdits(folder: string, edits: readonly SourceEdit[]): Promise<void> {
  for (const edit of edits) {
    const path = join(folder, edit.file);
    await writeFile(path, applyEdit(await readFile(path, 'utf8'), edit));
  }
}
