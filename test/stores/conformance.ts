import { describe, expect, it } from "vitest";
import { concerns, CONFORMANCE_CASES } from "../../src/stores/conformance.ts";
import type { Store } from "../../src/stores/store.ts";

/** A new, empty store, which goes away at the end of an `await using`. */
export interface StoreUnderTest extends AsyncDisposable {
  readonly store: Store;
}

/**
 * One test a conformance case, each with a store of its own.
 *
 * @param isQuick leaves out the cases that move many files or bytes
 * @param except names of cases that a real server does not pass, each with the reason
 */
export function testConformance(
  what: string,
  open: () => Promise<StoreUnderTest>,
  {
    isQuick = false,
    except = {},
  }: { readonly isQuick?: boolean; readonly except?: Readonly<Record<string, string>> } = {},
): void {
  describe(`${what} keeps the promises of a store`, () => {
    for (const conformanceCase of CONFORMANCE_CASES) {
      if (isQuick && conformanceCase.isHeavy === true) continue;
      it(conformanceCase.name, async (context) => {
        const reason = except[conformanceCase.name];
        if (reason !== undefined) context.skip(reason);
        await using opened = await open();
        if (!concerns(conformanceCase, opened.store.traits))
          context.skip("says nothing about stores like this one");
        await conformanceCase.run(opened.store);
      });
    }
  });
}

/** Closes the store at the end. */
export function disposable(store: Store, dispose: () => PromiseLike<void> = async () => {}): StoreUnderTest {
  return {
    store,
    async [Symbol.asyncDispose]() {
      await store.close();
      await dispose();
    },
  };
}

/** The call has to fail with a `HoldfastError` of this code; for what else an error says. */
export async function failure(
  call: Promise<unknown>,
  code: string,
): Promise<{ readonly message: string; readonly hint: string | null }> {
  const error: unknown = await call.then(
    () => "it succeeded",
    (reason: unknown) => reason,
  );
  expect(error).toMatchObject({ name: "HoldfastError", code });
  return error as { message: string; hint: string | null };
}
