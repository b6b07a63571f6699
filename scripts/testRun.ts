import { spawn } from 'node:child_process';
import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';

export interface TestRun {
  result: 'passed' | 'failed' | 'timed out';
  ms: number;
}

const running = new Set<number>();
process.on('exit', () => {
  for (const pid of running) endGroup(pid);
});

/** Runs one compiled test file in the folder, no further than to its first failure. */
export function runTest(
  folder: string,
  test: string,
  timeoutMs: number,
  coverage?: string,
): Promise<TestRun> {
  const temporary = join(folder, 'tmp');
  mkdirSync(temporary, { recursive: true });
  const env = { ...process.env, TMPDIR: temporary, TZ: 'Asia/Kolkata' };
  const started = performance.now();
  // Without `--test`, whose own child would go on for ever when a fault loops and only the runner is killed.
  const child = spawn(process.execPath, ['--test-reporter=tap', test], {
    cwd: folder,
    env: coverage ? { ...env, NODE_V8_COVERAGE: coverage } : env,
    stdio: ['ignore', 'pipe', 'ignore'],
    detached: true,
  });
  const pid = child.pid!;
  running.add(pid);
  let result: TestRun['result'] | undefined;
  const end = (as: TestRun['result']): void => {
    result ??= as;
    endGroup(pid);
  };
  const timer = setTimeout(end, timeoutMs, 'timed out');
  let line = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    const lines = (line + text).split('\n');
    line = lines.pop()!;
    if (lines.some((each) => /^\s*not ok /.test(each))) end('failed');
  });
  return new Promise((resolve) => {
    child.on('exit', (code) => {
      clearTimeout(timer);
      end(code === 0 ? 'passed' : 'failed');
      running.delete(pid);
      rmSync(temporary, { recursive: true, force: true, maxRetries: 3 });
      resolve({ result: result!, ms: performance.now() - started });
    });
  });
}

/** The test and the servers that it started. */
function endGroup(pid: number): void {
  try {
    process.kill(-pid, 'SIGKILL');
  } catch {
    // All of them have ended.
  }
}
