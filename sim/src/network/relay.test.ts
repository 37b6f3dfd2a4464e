import { once } from "node:events";
import { connect, createServer, type Server, type Socket } from "node:net";
import { afterEach, beforeEach, expect, test } from "vitest";
import { Relay } from "./relay.node.ts";

let echo: Server;
let relay: Relay;

beforeEach(async () => {
  echo = createServer((socket) => void socket.on("error", () => undefined).pipe(socket));
  echo.listen(0, "127.0.0.1");
  await once(echo, "listening");
  const address = echo.address();
  if (address === null || typeof address === "string") throw new Error("no port");
  relay = await Relay.to({ host: "127.0.0.1", port: address.port });
});

afterEach(async () => {
  await relay[Symbol.asyncDispose]();
  echo.close();
});

test("clear air carries bytes both ways", async () => {
  const robot = await dial();

  robot.write("here");

  expect(await heard(robot)).toBe("here");
});

test("cut air ends what is connected and refuses the rest until it is clear again", async () => {
  const robot = await dial();
  relay.set("cut");
  await closed(robot);

  const again = connect(relay.port, "127.0.0.1");
  again.on("error", () => undefined);
  await closed(again);
  relay.set("clear");

  const third = await dial();
  third.write("back");
  expect(await heard(third)).toBe("back");
});

test("silent air holds bytes back and lets them go when it clears", async () => {
  const robot = await dial();
  relay.set("silent");
  robot.write("waiting");
  let isHeard = false;
  const hearing = heard(robot).then((text) => {
    isHeard = true;
    return text;
  });

  await new Promise((resolve) => setImmediate(resolve));
  expect(isHeard).toBe(false);
  relay.set("clear");

  expect(await hearing).toBe("waiting");
});

async function dial(): Promise<Socket> {
  const socket = connect(relay.port, "127.0.0.1");
  socket.on("error", () => undefined);
  await once(socket, "connect");
  return socket;
}

async function heard(socket: Socket): Promise<string> {
  const [bytes] = await once(socket, "data");
  return String(bytes);
}

function closed(socket: Socket): Promise<void> {
  return new Promise((resolve) => void socket.once("close", () => resolve()));
}
