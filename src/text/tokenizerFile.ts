import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Tokenizer } from '@huggingface/tokenizers';
import { EndcapError } from '../core/index.js';

/** What is wrong with a folder of a text model. */
export function invalidTextModel(folder: string, message: string, remedy: string): EndcapError {
  return new EndcapError('invalid_text_model', `The text model in ${folder} ${message}`, { remedy });
}

/** Reads a file of a text model. `invalid_text_model` where there is none. */
export function modelFile(folder: string, name: string): Buffer {
  const path = join(folder, name);
  if (!existsSync(path))
    throw invalidTextModel(folder, `has no ${name}`, `Put ${name} of the model into the folder`);
  return readFileSync(path);
}

/** Numbers of the pieces of a text, as `tokenizer.json` says. */
export function readTokenizer(folder: string): (text: string, special: boolean) => number[] {
  const parse = (name: string): object => JSON.parse(modelFile(folder, name).toString('utf8')) as object;
  try {
    const json = parse('tokenizer.json');
    const config = existsSync(join(folder, 'tokenizer_config.json')) ? parse('tokenizer_config.json') : {};
    const tokenizer = new Tokenizer(json, config);
    tokenizer.encode('a');
    return (text, special) => tokenizer.encode(text, { add_special_tokens: special }).ids;
  } catch (error) {
    if (error instanceof EndcapError) throw error;
    throw invalidTextModel(folder, 'has a tokenizer.json that cannot be read', 'Fetch the file anew');
  }
}
