/** FNV-1a over the UTF-16 units of a text, 32 bits: the same for the same text always, so it may be kept. */
export function fnv1a(text: string): number {
  let hash = 0x811c9dc5;
  for (let at = 0; at < text.length; at++) hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193);
  return hash >>> 0;
}
