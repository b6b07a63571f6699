import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { Config } from '../config/index.js';
import { openOnnxFolder, openStaticTable, type TextEmbedder } from '../text/index.js';
import type { SearchOptions } from './search.js';

/** What `endcap.json` says of search. */
export type SearchSettings = Pick<SearchOptions, 'synonyms' | 'embedder' | 'anonymity' | 'personal'>;

/** Opens what the configuration of the shop in `dir` names. Throws `invalid_text_model`, `runtime_missing`. */
export async function searchSettings({ search = {} }: Config, dir: string): Promise<SearchSettings> {
  const { synonyms, embedder, anonymity, personal } = search;
  return {
    ...(synonyms !== undefined && { synonyms: resolve(dir, synonyms) }),
    ...(embedder !== undefined && { embedder: await openTextModel(resolve(dir, embedder)) }),
    ...(anonymity !== undefined && { anonymity }),
    ...(personal !== undefined && { personal }),
  };
}

/** A static table where there is one and no model that needs the runtime. */
async function openTextModel(folder: string): Promise<TextEmbedder> {
  const isTable = existsSync(join(folder, 'model.safetensors')) && !existsSync(join(folder, 'model.onnx'));
  return isTable ? openStaticTable(folder) : openOnnxFolder(folder);
}
