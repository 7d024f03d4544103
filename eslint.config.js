// What lint holds against the code: correctness first, the layers at error, nothing that Prettier already settles.
import { fileURLToPath } from 'node:url';
import svelte from 'eslint-plugin-svelte';
import globals from 'globals';
import typescript from 'typescript-eslint';
import { layerRule } from './build/layer-rule.ts';

const projectFolder = fileURLToPath(new URL('.', import.meta.url));
const code = ['**/*.ts', '**/*.js', '**/*.cjs', '**/*.svelte'];
/** The files that one of the TypeScript projects covers: there the rules that need types are fast enough to run. */
const typed = ['shared/**/*.ts', 'electron/**/*.ts', 'build/**/*.ts', 'renderer/**/*.ts', 'test/**/*.ts'];

/** ESLint's own rules against mistakes that TypeScript does not see. */
const mistakes = [
  'no-async-promise-executor',
  'no-case-declarations',
  'no-compare-neg-zero',
  'no-cond-assign',
  'no-debugger',
  'no-dupe-else-if',
  'no-duplicate-case',
  'no-empty-character-class',
  'no-empty-pattern',
  'no-ex-assign',
  'no-extra-boolean-cast',
  'no-fallthrough',
  'no-irregular-whitespace',
  'no-loss-of-precision',
  'no-misleading-character-class',
  'no-prototype-builtins',
  'no-regex-spaces',
  'no-self-assign',
  'no-self-compare',
  'no-sparse-arrays',
  'no-template-curly-in-string',
  'no-unmodified-loop-condition',
  'no-unsafe-finally',
  'no-unsafe-optional-chaining',
  'no-useless-backreference',
  'no-useless-catch',
  'no-useless-escape',
  'require-yield',
  'use-isnan',
  'valid-typeof',
];

export default typescript.config(
  { ignores: ['dist/', 'out/', 'coverage/', 'test-results/', 'node_modules/'] },
  ...typescript.configs.strict,
  ...svelte.configs.recommended,
  {
    files: code,
    linterOptions: { reportUnusedDisableDirectives: 'error' },
    rules: {
      ...Object.fromEntries(mistakes.map((rule) => [rule, 'error'])),
      // The first of an iterable, when there is one.
      'no-unreachable-loop': ['error', { ignore: ['ForOfStatement'] }],
      eqeqeq: ['error', 'always', { null: 'ignore' }],
      'no-console': 'error',
      'no-implicit-coercion': 'error',
      'no-var': 'error',
      'object-shorthand': 'error',
      'prefer-const': 'error',
      // Infinite loops with an explicit end are how state machines over bytes read best.
      'no-constant-condition': ['error', { checkLoops: false }],
      // An index that the code just bounded is not worth a branch that never runs.
      '@typescript-eslint/no-non-null-assertion': 'off',
      '@typescript-eslint/no-invalid-void-type': 'off',
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_' }],
      '@typescript-eslint/consistent-type-imports': ['error', { disallowTypeAnnotations: false }],
    },
  },
  {
    files: typed,
    ignores: ['**/*.svelte.ts'],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: projectFolder } },
    rules: {
      '@typescript-eslint/await-thenable': 'error',
      '@typescript-eslint/no-floating-promises': 'error',
      '@typescript-eslint/no-misused-promises': ['error', { checksVoidReturn: { attributes: false } }],
      '@typescript-eslint/only-throw-error': 'error',
      // A message is an object, and what is not there is no word: neither says anything in the middle of a text.
      '@typescript-eslint/no-base-to-string': 'error',
      '@typescript-eslint/restrict-template-expressions': [
        'error',
        {
          allowAny: false,
          allowBoolean: true,
          allowNever: false,
          allowNullish: false,
          allowNumber: true,
          allowRegExp: false,
        },
      ],
      '@typescript-eslint/switch-exhaustiveness-check': [
        'error',
        { considerDefaultExhaustiveForUnions: true },
      ],
    },
  },
  {
    files: ['**/*.svelte', '**/*.svelte.ts'],
    languageOptions: { parserOptions: { parser: typescript.parser, extraFileExtensions: ['.svelte'] } },
    // Runes are declared with let, and reassigned by Svelte.
    rules: {
      'prefer-const': 'off',
      'svelte/prefer-const': 'error',
      // Prettier writes a space that matters as {' '}.
      'svelte/no-useless-mustaches': 'off',
    },
  },
  {
    files: ['shared/**', 'electron/**', 'renderer/**'],
    plugins: { platter: { rules: { layers: layerRule(projectFolder) } } },
    rules: { 'platter/layers': 'error' },
  },
  { files: ['renderer/**'], languageOptions: { globals: globals.browser } },
  {
    files: ['electron/**', 'build/**', 'test/**', '*.ts', '*.js'],
    languageOptions: { globals: globals.node },
  },
  {
    files: ['**/*.cjs'],
    languageOptions: { globals: globals.node, sourceType: 'commonjs' },
    rules: { '@typescript-eslint/no-require-imports': 'off' },
  },
  {
    files: ['test/**/*.ts'],
    rules: {
      '@typescript-eslint/no-base-to-string': 'off',
      '@typescript-eslint/restrict-template-expressions': 'off',
    },
  },
  // Programs whose output is their purpose.
  {
    files: ['build/**', 'test/**', 'electron/cli.ts', 'electron/cli/**', 'electron/serve.ts'],
    rules: { 'no-console': 'off' },
  },
);
