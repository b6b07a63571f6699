/** What the server says of the shop on its page. */
export interface About {
  /** Path under which the shop is reached, '' or such as `/shops/a`. */
  base: string;
  name?: string;
  /** Currency of prices that name none. */
  currency?: string;
  /** Public key to ask with, where the server has keys. */
  key?: string;
  /** Whether to show events and let one switch between shoppers. */
  tools: boolean;
  /** Whether this is the demo of Endcap, and says so. */
  demo: boolean;
}

const page = globalThis.document as Document | undefined;
const said = page?.querySelector<HTMLMetaElement>('meta[name=endcap-shop]')?.content ?? '{}';

export const about: About = { base: '', tools: false, demo: false, ...(JSON.parse(said) as Partial<About>) };
