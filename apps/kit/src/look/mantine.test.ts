import { existsSync, globSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";

const apps = fileURLToPath(new URL("../../..", import.meta.url));
const styles = fileURLToPath(new URL("../../node_modules/@mantine/core/styles/", import.meta.url));

test("every component of Mantine that a page uses has its styles", () => {
  const sheet = readFileSync(new URL("./mantine.css", import.meta.url), "utf8");
  const used = new Set(
    globSync("{kit,ops,tracker}/src/**/*.tsx", { cwd: apps }).flatMap((file) => {
      const [, names = ""] =
        /import \{([^}]+)\} from "@mantine\/core"/.exec(readFileSync(`${apps}${file}`, "utf8")) ?? [];
      return names.split(",").map((name) => name.trim());
    }),
  );

  const bare = [...used].filter((name) => existsSync(`${styles}${name}.css`) && !sheet.includes(`/${name}.css`));

  expect(used.size).toBeGreaterThan(10);
  expect(bare).toEqual([]);
});
