#!/usr/bin/env node
// Plain JavaScript: a Node that is too old to read our sources can still read this, and say so.
const oldest = 24;
const { node: version } = process.versions;

if (Number.parseInt(version, 10) >= oldest) {
  await import("./src/main.ts");
} else {
  console.error(`Kerbside needs Node ${oldest} or later, and this is Node ${version} (${process.execPath})`);
  process.exitCode = 2;
}
