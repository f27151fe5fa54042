import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";
import { pipeline } from "node:stream";
import { setTimeout as wait } from "node:timers/promises";
import type { Random } from "./random.ts";

/** What is wrong with a link. */
export interface PoorLinkOptions {
  /** Of the server behind it, on this machine. */
  readonly port: number;
  /** In each direction, all connections together; as fast as it goes when left out. */
  readonly bytesPerSecond?: number;
  /** Of 1: how many requests find their connection cut, before or while they are answered. */
  readonly loss?: number;
  readonly random: Random;
}

/** A way to a server that is slow, or that breaks. */
export interface PoorLink extends AsyncDisposable {
  readonly port: number;
  /** How many connections it has cut. */
  readonly cuts: () => number;
}

/** Listens on this machine, and hands everything on to the server, as well as such a link does. */
export async function poorLink(options: PoorLinkOptions): Promise<PoorLink> {
  const { loss = 0, random } = options;
  const sockets = new Set<Socket>();
  const lanes = { up: pace(options.bytesPerSecond), down: pace(options.bytesPerSecond) };
  let cuts = 0;
  const server = createServer((near) => {
    const far = connect(options.port, "127.0.0.1");
    for (const socket of [near, far]) {
      sockets.add(socket);
      socket.on("close", () => sockets.delete(socket));
    }
    const destroy = (): void => {
      near.destroy();
      far.destroy();
    };
    const cut = (): void => {
      cuts += 1;
      destroy();
    };
    /** Bytes of the answer after which the connection ends; null when it does not. */
    let leftBytes: number | null = null;
    let isAsking = false;
    const onAsk = (): boolean => {
      if (isAsking) return true;
      isAsking = true;
      if (random.between(0, 1_000_000) >= loss * 1_000_000) return true;
      // Half of them before the server knows of it, and half of them in the answer.
      if (random.between(0, 2) === 0) return false;
      leftBytes = random.between(0, 2000);
      return true;
    };
    const onAnswer = (bytes: number): boolean => {
      isAsking = false;
      if (leftBytes === null) return true;
      leftBytes -= bytes;
      return leftBytes > 0;
    };
    // Whichever side ends or breaks takes the other one with it.
    pipeline(near, lane(lanes.up, onAsk, cut), far, destroy);
    pipeline(far, lane(lanes.down, onAnswer, cut), near, destroy);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    port: (server.address() as AddressInfo).port,
    cuts: () => cuts,
    async [Symbol.asyncDispose]() {
      server.close();
      for (const socket of sockets) socket.destroy();
      await once(server, "close");
    },
  };
}

/** Waits until so many bytes may have passed. */
type Pace = (bytes: number) => Promise<void>;

function pace(bytesPerSecond: number | undefined): Pace {
  if (bytesPerSecond === undefined) return async () => {};
  let freeMs = 0;
  return async (bytes) => {
    const nowMs = performance.now();
    freeMs = Math.max(freeMs, nowMs) + (bytes / bytesPerSecond) * 1000;
    await wait(freeMs - nowMs);
  };
}

type Lane = (chunks: AsyncIterable<Buffer>) => AsyncGenerator<Buffer>;

function lane(passes: Pace, mayPass: (bytes: number) => boolean, cut: () => void): Lane {
  return async function* (chunks) {
    for await (const chunk of chunks) {
      if (!mayPass(chunk.length)) {
        cut();
        return;
      }
      await passes(chunk.length);
      yield chunk;
    }
  };
}
