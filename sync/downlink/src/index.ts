export { Follower, type FollowerOptions, type FollowerProblem, type FollowerStatus } from "./follower.electric.ts";
export { emptyMirror, type MirrorEntry, type MirrorView, mirrorKey, reduceMirror } from "./mirror.ts";
export type { MirrorWrite } from "./staging.ts";
export { MemoryMirrorStore } from "./store.memory.ts";
export { SqliteMirrorStore } from "./store.sqlite.ts";
export type { MirrorPosition, MirrorStore } from "./store.ts";
