import { lookup as systemLookup } from 'node:dns';
import { BlockList, isIP, isIPv4, isIPv6, type LookupFunction } from 'node:net';
import { EndcapError } from '../../core/index.js';

/** Addresses that no webhook goes to: this machine, private networks, the cloud's own, and what is not unicast. */
const refused = new BlockList();
for (const [net, bits] of [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.0.0.0', 24],
  ['192.0.2.0', 24],
  ['192.88.99.0', 24],
  ['192.168.0.0', 16],
  ['198.18.0.0', 15],
  ['198.51.100.0', 24],
  ['203.0.113.0', 24],
  ['224.0.0.0', 4],
  ['240.0.0.0', 4],
] as const)
  refused.addSubnet(net, bits, 'ipv4');
/** Of IPv6 only what is given out as global unicast (RFC 4291) is looked at, and of that some lead elsewhere. */
const global = new BlockList();
global.addSubnet('2000::', 3, 'ipv6');
for (const [net, bits] of [
  // Special purposes, tunnels of Teredo among them: these hold an IPv4 address.
  ['2001::', 23],
  ['2001:db8::', 32],
  ['2002::', 16],
  ['3fff::', 20],
] as const)
  refused.addSubnet(net, bits, 'ipv6');

/** Whether an IP address is one on the open internet. */
export function isPublicAddress(address: string): boolean {
  // As a look-up may write an IPv4 address; in any other form of IPv6 it is refused with the rest.
  const plain = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address)?.[1] ?? address;
  if (isIPv6(plain)) return global.check(plain, 'ipv6') && !refused.check(plain, 'ipv6');
  return isIPv4(plain) && !refused.check(plain, 'ipv4');
}

export type IsAllowed = (address: string) => boolean;

/** Ends of names that are kept for machines near by (RFC 6761, 6762, 8375), or are usual there and nowhere else. */
const localEnds = ['localhost', 'localdomain', 'local', 'internal', 'intranet', 'lan', 'home.arpa'];

/** Whether a name can only lead to this machine or its network: of such an end, or without a dot. */
function isLocalName(host: string): boolean {
  const name = host.toLowerCase().replace(/\.$/, '');
  return !name.includes('.') || localEnds.some((end) => `.${name}`.endsWith(`.${end}`));
}

/**
 * Throws `invalid_webhook` for what is no web address, and for an address or a name in the URL that is plainly private. Where
 * any other name leads is looked at when it is called.
 */
export function checkWebhook(url: string, secret: string, allowed: IsAllowed = isPublicAddress): void {
  const fail = (field: string, message: string, remedy: string): never => {
    throw new EndcapError('invalid_webhook', `${field} ${message}`, {
      remedy,
      errors: [{ field, message, remedy }],
    });
  };
  const remedy = 'Give an https address that is reachable from the internet';
  if (!URL.canParse(url)) fail('webhook.url', 'is not a URL', remedy);
  const { protocol, username, password, hostname } = new URL(url);
  if (protocol !== 'https:' && protocol !== 'http:')
    fail('webhook.url', `has the scheme ${protocol}`, remedy);
  if (username || password)
    fail('webhook.url', 'holds a user name or a password', 'Check the signature instead');
  const host = hostname.replace(/^\[(.*)\]$/, '$1');
  if (isIP(host) > 0 && !allowed(host)) fail('webhook.url', `leads to the private address ${host}`, remedy);
  if (isIP(host) === 0 && isLocalName(host) && !allowed('127.0.0.1'))
    fail('webhook.url', `leads to ${host}, which is not on the internet`, remedy);
  if (secret.length < 16) fail('webhook.secret', 'has fewer than 16 characters', 'Use a random one');
}

/** A look-up that answers public addresses only: what was looked at is what is connected to, also when a name changes. */
export function guardedLookup(allowed: IsAllowed): LookupFunction {
  return (hostname, options, callback) => {
    systemLookup(hostname, { ...options, all: true }, (error, addresses) => {
      if (error) return callback(error, '', 4);
      const open = addresses.filter(({ address }) => allowed(address));
      const [first] = open;
      if (!first) {
        const refusal: NodeJS.ErrnoException = new Error(`${hostname} leads to a private address`);
        refusal.code = 'EPRIVATE';
        return callback(refusal, '', 4);
      }
      if (options.all) return callback(null, open);
      callback(null, first.address, first.family);
    });
  };
}
