import { type MirrorKind, mirrorBodies, type RobotConfig } from "@kerbside/proto/robot/mirror";
import type { Mission } from "@kerbside/proto/robot/mission";
import type { Signed } from "@kerbside/proto/robot/signed";

/** One row of the robot's mirror, as it is kept. A tombstone has no body. */
export interface MirrorEntry {
  readonly kind: MirrorKind;
  readonly id: string;
  readonly version: number;
  readonly body: string | null;
}

/** What the robot has been told, read. Grants and commands stay sealed; whoever uses one checks its signature. */
export interface MirrorView {
  readonly missions: ReadonlyMap<string, Mission>;
  readonly grants: ReadonlyMap<string, Signed>;
  /** Grants that were withdrawn: the row is there, its body is gone. */
  readonly revokedGrants: ReadonlySet<string>;
  readonly commands: ReadonlyMap<string, Signed>;
  readonly config: RobotConfig | null;
  readonly flags: ReadonlyMap<string, boolean>;
  /** Rows that could not be read, with the reason; they hold back nothing else. */
  readonly unreadable: ReadonlyMap<string, string>;
}

/** Of a robot that nobody has told anything yet. */
export const emptyMirror: MirrorView = {
  missions: new Map(),
  grants: new Map(),
  revokedGrants: new Set(),
  commands: new Map(),
  config: null,
  flags: new Map(),
  unreadable: new Map(),
};

/** The name of a row: kinds have ids of their own. */
export function mirrorKey(entry: Pick<MirrorEntry, "kind" | "id">): string {
  return `${entry.kind}/${entry.id}`;
}

/** Row changes in, what consumers need out. A row that left the mirror counts as its tombstone. */
export function reduceMirror(view: MirrorView, changes: readonly MirrorEntry[]): MirrorView {
  return changes.reduce(reduceOne, view);
}

function reduceOne(view: MirrorView, entry: MirrorEntry): MirrorView {
  const read = readBody(entry);
  if (typeof read === "string") return { ...view, unreadable: withKey(view.unreadable, mirrorKey(entry), read) };
  const next = { ...view, unreadable: withKey(view.unreadable, mirrorKey(entry), undefined) };
  const { id } = entry;
  switch (read.kind) {
    case "mission":
      return { ...next, missions: withKey(view.missions, id, read.body) };
    case "grant":
      return {
        ...next,
        grants: withKey(view.grants, id, read.body),
        revokedGrants: withMember(view.revokedGrants, id, read.body === undefined),
      };
    case "command":
      return { ...next, commands: withKey(view.commands, id, read.body) };
    case "config":
      return { ...next, config: read.body ?? null };
    case "flag":
      return { ...next, flags: withKey(view.flags, id, read.body?.on) };
    case "zone_set":
    case "map":
      return next;
  }
}

type ReadBody =
  | { readonly kind: "mission"; readonly body: Mission | undefined }
  | { readonly kind: "grant" | "command"; readonly body: Signed | undefined }
  | { readonly kind: "config"; readonly body: RobotConfig | undefined }
  | { readonly kind: "flag"; readonly body: { readonly key: string; readonly on: boolean } | undefined }
  | { readonly kind: "zone_set" | "map" };

/** The body, undefined for a tombstone, or why it cannot be read. */
function readBody({ kind, body }: MirrorEntry): ReadBody | string {
  const value = body === null ? undefined : parseJson(body);
  if (value === notJson) return "not JSON";
  switch (kind) {
    case "mission":
      return check(mirrorBodies.mission.optional().safeParse(value), (body) => ({ kind, body }));
    case "grant":
    case "command":
      return check(mirrorBodies[kind].optional().safeParse(value), (body) => ({ kind, body }));
    case "config":
      return check(mirrorBodies.config.optional().safeParse(value), (body) => ({ kind, body }));
    case "flag":
      return check(mirrorBodies.flag.optional().safeParse(value), (body) => ({ kind, body }));
    case "zone_set":
    case "map":
      return { kind };
  }
}

interface Parsed<T> {
  readonly success: boolean;
  readonly data?: T | undefined;
  readonly error?: { readonly issues: readonly { readonly path: readonly PropertyKey[]; readonly message: string }[] };
}

function check<T>(parsed: Parsed<T>, make: (body: T | undefined) => ReadBody): ReadBody | string {
  if (parsed.success) return make(parsed.data);
  const issue = parsed.error?.issues[0];
  return `${issue?.path.map(String).join("/") ?? ""}: ${issue?.message ?? "invalid"}`;
}

const notJson = Symbol("not JSON");

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return notJson;
  }
}

/** A copy with the key set, or without it where the value is undefined; the same map when nothing changes. */
function withKey<T>(map: ReadonlyMap<string, T>, key: string, value: T | undefined): ReadonlyMap<string, T> {
  if (map.get(key) === value) return map;
  const next = new Map(map);
  if (value === undefined) next.delete(key);
  else next.set(key, value);
  return next;
}

function withMember(set: ReadonlySet<string>, member: string, isIn: boolean): ReadonlySet<string> {
  if (set.has(member) === isIn) return set;
  const next = new Set(set);
  if (isIn) next.add(member);
  else next.delete(member);
  return next;
}
