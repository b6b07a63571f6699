import Type from 'typebox';
import Value from 'typebox/value';

const figures = Type.Record(Type.String(), Type.Number());

/** Counts up whenever the files or options of a model change so that older ones cannot be read. */
export const modelFormat = 2;

/** What a model is made of: enough to make it again and to compare it. */
export const manifestSchema = Type.Object({
  /** How the files are written: see `modelFormat`. */
  format: Type.Optional(Type.Integer()),
  version: Type.String(),
  /** Algorithm. */
  model: Type.String(),
  options: Type.Record(Type.String(), Type.Union([Type.Number(), Type.String(), Type.Boolean()])),
  /** Epochs that it learned in whole, where it learns in epochs: those of the options at most. */
  epochs: Type.Optional(Type.Integer()),
  seed: Type.Number(),
  data: Type.Object({
    fingerprint: Type.String(),
    logOffset: Type.Integer(),
    until: Type.String(),
    interactions: Type.Integer(),
    items: Type.Integer(),
  }),
  /** Days of a window and where the windows began: figures of the same split and fingerprint compare. */
  split: Type.Object({ days: Type.Number(), validation: Type.String(), test: Type.String() }),
  /** What the `home` shelf is made of, where that was learned. */
  shelf: Type.Optional(
    Type.Object({
      model: Type.Number(),
      session: Type.Number(),
      titles: Type.Number(),
      popular: Type.Number(),
      variants: Type.Boolean(),
      again: Type.Optional(Type.Boolean()),
    }),
  ),
  code: Type.String(),
  created: Type.String(),
  metrics: Type.Object({ validation: figures, test: figures }),
  /** SHA-256 of each file by name. */
  files: Type.Record(Type.String(), Type.String()),
});

export type Manifest = Type.Static<typeof manifestSchema>;

/** What is wrong with a manifest, undefined when nothing is. */
export function manifestFault(manifest: unknown): string | undefined {
  const [fault] = Value.Errors(manifestSchema, manifest);
  return fault && `${fault.instancePath || 'it'} ${fault.message}`;
}
