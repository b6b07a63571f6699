import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

interface Range {
  startOffset: number;
  endOffset: number;
  count: number;
}
interface Script {
  url: string;
  functions: { ranges: Range[] }[];
}

/** What ran of each file, from the folder that `NODE_V8_COVERAGE` names. */
export class Coverage {
  readonly #ranges = new Map<string, Range[][]>();

  constructor(folder: string) {
    for (const name of readdirSync(folder)) {
      for (const { url, functions } of scriptsIn(`${folder}/${name}`)) {
        if (!url.startsWith('file://')) continue;
        const file = fileURLToPath(url);
        const runs = this.#ranges.get(file) ?? [];
        runs.push(functions.flatMap(({ ranges }) => ranges));
        this.#ranges.set(file, runs);
      }
    }
  }

  /** Whether the place was reached in any of the processes: the innermost range around it says. */
  covers(file: string, offset: number): boolean {
    return (this.#ranges.get(file) ?? []).some((ranges) => {
      let innermost: Range | undefined;
      for (const range of ranges) {
        if (offset < range.startOffset || offset >= range.endOffset) continue;
        const size = range.endOffset - range.startOffset;
        if (!innermost || size <= innermost.endOffset - innermost.startOffset) innermost = range;
      }
      return innermost !== undefined && innermost.count > 0;
    });
  }
}

/** What a process wrote as it ended; nothing of one that was killed while it did. */
function scriptsIn(path: string): Script[] {
  try {
    return (JSON.parse(readFileSync(path, 'utf8')) as { result: Script[] }).result;
  } catch {
    return [];
  }
}
