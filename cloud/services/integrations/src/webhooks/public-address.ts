import { BlockList, isIPv4, isIPv6 } from "node:net";

/** IANA's special-purpose registries: nothing in them is a partner's server on the internet. */
const special4 = [
  "0.0.0.0/8",
  "10.0.0.0/8",
  "100.64.0.0/10",
  "127.0.0.0/8",
  "169.254.0.0/16",
  "172.16.0.0/12",
  "192.0.0.0/24",
  "192.0.2.0/24",
  "192.88.99.0/24",
  "192.168.0.0/16",
  "198.18.0.0/15",
  "198.51.100.0/24",
  "203.0.113.0/24",
  "224.0.0.0/4",
  "240.0.0.0/4",
];
const special6 = [
  "::/96",
  "100::/64",
  "2001::/23",
  "2001:db8::/32",
  "3fff::/20",
  "5f00::/16",
  "fc00::/7",
  "fe80::/9",
  "ff00::/8",
];
/** An IPv4 address in IPv6 clothes: mapped, translated (NAT64, well-known and local) and 6to4. */
const wrappings = [
  { prefix: "::ffff:0:0/96", firstByte: 12 },
  { prefix: "64:ff9b::/96", firstByte: 12 },
  { prefix: "64:ff9b:1::/48", firstByte: 12 },
  { prefix: "2002::/16", firstByte: 2 },
];

const reserved = blockList([...special4, ...special6]);
const loopback = blockList(["127.0.0.0/8", "::1/128"]);
const wrapped = wrappings.map(({ prefix, firstByte }) => ({ list: blockList([prefix]), firstByte }));

/** Whether an address belongs to somebody on the internet, however it is written. What is no address does not. */
export function isPublic(address: string): boolean {
  if (isIPv4(address)) return !reserved.check(address, "ipv4");
  if (!isIPv6(address) || address.includes("%")) return false;
  const inner = insideOf(address);
  if (inner !== null) return isPublic(inner);
  return !reserved.check(address, "ipv6");
}

export function isLoopback(address: string): boolean {
  if (isIPv4(address)) return loopback.check(address, "ipv4");
  if (!isIPv6(address)) return false;
  const inner = insideOf(address);
  return inner === null ? loopback.check(address, "ipv6") : isLoopback(inner);
}

/** The IPv4 address that an IPv6 address stands for; null for one that stands for itself. */
function insideOf(address: string): string | null {
  // Some versions of the runtime find a mapped address in IPv4 ranges too: only the family named here is asked.
  const found = wrapped.find(({ list }) => list.check(address, "ipv6"));
  if (!found) return null;
  const bytes = bytesOf(address);
  return bytes.slice(found.firstByte, found.firstByte + 4).join(".");
}

function bytesOf(address: string): readonly number[] {
  const [head = "", tail] = withoutDots(address).split("::");
  const left = groupsOf(head);
  const right = groupsOf(tail ?? "");
  const zeros = Array.from({ length: tail === undefined ? 0 : 8 - left.length - right.length }, () => 0);
  return [...left, ...zeros, ...right].flatMap((group) => [group >> 8, group & 0xff]);
}

/** `::ffff:127.0.0.1` as `::ffff:7f00:1`. */
function withoutDots(address: string): string {
  return address.replace(/(\d+)\.(\d+)\.(\d+)\.(\d+)$/, (_dotted, ...parts: string[]) => {
    const [a = 0, b = 0, c = 0, d = 0] = parts.slice(0, 4).map(Number);
    return `${((a << 8) | b).toString(16)}:${((c << 8) | d).toString(16)}`;
  });
}

function groupsOf(text: string): readonly number[] {
  return text === "" ? [] : text.split(":").map((group) => Number.parseInt(group, 16));
}

function blockList(ranges: readonly string[]): BlockList {
  const list = new BlockList();
  for (const range of ranges) {
    const [network = "", bits] = range.split("/");
    list.addSubnet(network, Number(bits), isIPv4(network) ? "ipv4" : "ipv6");
  }
  return list;
}
