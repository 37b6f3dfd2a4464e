import { expect, test } from "vitest";
import * as z from "zod";
import { Components } from "./schemas.ts";

const Point = z.object({ lat: z.number() }).meta({ id: "Point" });
const Spot = z.object({ at: Point }).meta({ id: "Spot" });

test.each(["#", "#/components/schemas/"])("a part whose two sides are alike is kept once below %s", (prefix) => {
  const components = new Components(prefix);

  const [read, sent] = [components.schema(Spot, "output"), components.schema(Spot, "input")];

  expect(sent).toEqual(read);
  expect(Object.keys(components.all())).toEqual(["Point", "Spot"]);
});

test("a part that is sent otherwise than it is read is kept twice", () => {
  const components = new Components("#");
  const Counted = z.object({ count: z.int().default(1) }).meta({ id: "Counted" });

  components.schema(Counted, "output");
  components.schema(Counted, "input");

  expect(Object.keys(components.all())).toEqual(["Counted", "CountedInput"]);
});
