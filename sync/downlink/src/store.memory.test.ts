import { MemoryMirrorStore } from "./store.memory.ts";
import { mirrorStoreSuite } from "./store.suite.ts";

mirrorStoreSuite("memory", () => {
  const store = new MemoryMirrorStore();
  return { store, reopen: () => store };
});
