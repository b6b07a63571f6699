/** Members as CSV (RFC 4180). A cell that a spreadsheet would take for a formula gets an apostrophe before it. */
export function membersCsv(members: readonly { user: string; since: number }[]): string {
  const lines = members.map(({ user, since }) => `${cell(user)},${new Date(since).toISOString()}`);
  return `${['user,since', ...lines].join('\r\n')}\r\n`;
}

function cell(text: string): string {
  const safe = /^[=+\-@\t\r]/.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}
