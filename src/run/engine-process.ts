// A process that does one piece of work on the repository for the supervisor (engine.ts), and ends.

import { toFailure } from "../base/failure.ts";
import { HoldfastError } from "../base/errors.ts";
import type { OpenedRepository, RepositoryAddress } from "../operations/open-repository.ts";
import { passwordFor } from "../operations/password-rule.ts";
import type { Address, EngineCall, EngineCalls, FromEngine, ToEngine } from "./engine-calls.ts";

type Work<Call extends EngineCall> = (
  access: { readonly repository: OpenedRepository; readonly signal: AbortSignal },
  request: EngineCalls[Call]["request"],
) => Promise<EngineCalls[Call]["result"]>;

/** One row a call: how its code is loaded, how the repository is opened for it, and what is done. */
interface Row<Call extends EngineCall> {
  readonly open: (address: RepositoryAddress) => Promise<OpenedRepository>;
  readonly work: () => Promise<Work<Call>>;
}

const opening = () => import("../operations/open-repository.ts");

const CALLS: { readonly [Call in EngineCall]: Row<Call> } = {
  resume: {
    open: async (address) => (await opening()).openRepositoryAhead(address),
    work: async () => {
      const { resume } = await import("../operations/resume.ts");
      return (access, request) => resume({ ...access, ...request });
    },
  },
  save: {
    open: async (address) => (await opening()).openOrCreateRepository(address),
    work: async () => {
      const { save } = await import("../operations/save.ts");
      const { writeBase } = await import("../operations/base-record.ts");
      return async (access, request) => {
        const { repository } = access;
        const result = await save({ ...access, ...request });
        // what stands beside the good snapshots is nothing that a later start may go on from
        if (!result.shrunk && request.beside === undefined)
          writeBase(request.state, { repository: repository.id, snapshot: result.snapshot });
        // no answer is no reason to wait: the next save asks again
        const nextAt = await repository.nextSaveAt().catch(() => null);
        return { ...result, next_save_at: nextAt?.toISOString() ?? null };
      };
    },
  },
  verify: {
    open: async (address) => (await opening()).openRepository(address),
    work: async () => {
      const { verify } = await import("../operations/verify.ts");
      return (access, request) => verify({ ...access, ...request });
    },
  },
  newest: {
    open: async (address) => (await opening()).openRepository(address),
    work: async () => {
      const { newest } = await import("../operations/newest.ts");
      return (access, request) => newest({ ...access, ...request });
    },
  },
};

const controller = new AbortController();
const { promise: opened, resolve: onOpen } = Promise.withResolvers<Ready>();

interface Ready {
  readonly repository: Promise<OpenedRepository>;
  readonly work: Promise<Work<EngineCall>>;
}

// Who stops us is the supervisor, also where a terminal or a host tells everybody.
for (const name of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(name, () => undefined);
// Without a supervisor nobody would learn of the result: what is under way is given up.
process.on("disconnect", () => {
  controller.abort();
  // what does not listen to that must not live on either
  setTimeout(() => process.kill(process.pid, "SIGKILL"), 10_000).unref();
});
process.on("message", (message: ToEngine) => {
  if (message.kind === "cancel") controller.abort();
  if (message.kind === "open") onOpen(ready(message.call, message.address));
  if (message.kind === "call") void answer(message.request);
});

function ready(call: EngineCall, address: Address): Ready {
  const row = CALLS[call];
  const repository = openAt(row, address);
  const work = row.work() as Promise<Work<EngineCall>>;
  repository.catch(() => undefined); // told when it is needed
  work.catch(() => undefined);
  return { repository, work };
}

async function openAt({ open }: Pick<Row<EngineCall>, "open">, address: Address): Promise<OpenedRepository> {
  const { store, credentials } = address;
  const password = await passwordFor(store, address.password, { credentials });
  const repository = await open({ ...address, password, signal: controller.signal });
  tell({ reached: { password } });
  return repository;
}

function tell(message: FromEngine, onSent: () => void = () => undefined): void {
  if (process.send !== undefined && process.connected) process.send(message, onSent);
}

async function answer(request: EngineCalls[EngineCall]["request"]): Promise<void> {
  const message = await perform(request).then(
    (result): FromEngine => ({ result }),
    (error: unknown): FromEngine => ({ failure: toFailure(error) }),
  );
  tell(message, () => process.disconnect());
}

async function perform(request: EngineCalls[EngineCall]["request"]): Promise<unknown> {
  const { repository, work } = await opened;
  const [does, place] = await Promise.all([work, repository]);
  await using held = place;
  if (controller.signal.aborted)
    throw new HoldfastError({ code: "CANCELLED", message: "stopped before it was done" });
  return await does({ repository: held, signal: controller.signal }, request);
}
