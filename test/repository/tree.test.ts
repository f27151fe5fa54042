import * as fc from "fast-check";
import { expect, test } from "vitest";
import { decodeTree, encodeTree } from "../../src/repository/tree.ts";
import { runs } from "../support/property.ts";
import { anyNode } from "./arbitrary-values.ts";
import { expectDamaged, unlessDamaged } from "./damage.ts";
import { fuzzedJson } from "./fuzzed-json.ts";

const anyTree = fc.array(anyNode, { maxLength: 4 });
const decodeText = (text: string): ReturnType<typeof decodeTree> => decodeTree(Buffer.from(text));

test("any nodes come back from a tree", () => {
  fc.assert(
    fc.property(anyTree, (nodes) => {
      expect(decodeTree(encodeTree(nodes))).toEqual(nodes.map(plain));
    }),
    runs(500),
  );
});

test("a folder of ten thousand entries is a tree like others", () => {
  const [node] = fc.sample(anyNode, { numRuns: 1, seed: 1 });
  const nodes = Array.from({ length: 10_000 }, (_, number) => {
    return Object.assign({}, node, { name: String(number).padStart(5, "0"), inode: BigInt(number) });
  });
  const decoded = decodeTree(encodeTree(nodes));
  expect(decoded.map(({ name, inode }) => [name, inode])).toEqual(
    nodes.map(({ name, inode }) => [name, inode]),
  );
});

test("numbers of 64 bits stay exact, and look-alikes in names are left alone", () => {
  const largest = 2n ** 64n - 1n;
  const name = '{"inode":1234567890123456789,"device_id":1234567890123456789}';
  fc.assert(
    fc.property(anyNode, fc.bigInt(2n ** 53n, largest), (node, number) => {
      const awkward = {
        ...node,
        inode: number,
        deviceId: number,
        device: number,
        user: name,
        error: `,${name}`,
      };
      expect(decodeTree(encodeTree([awkward]))).toEqual([plain(awkward)]);
    }),
    runs(200),
  );
});

test("any JSON is a tree or is refused, and what is taken can be written and read again", () => {
  fc.assert(
    fc.property(fuzzedJson(anyTree.map((nodes) => encodeTree(nodes).toString())), (text) => {
      const nodes = unlessDamaged(() => decodeText(text));
      if (nodes === null) return;
      const written = encodeTree(nodes).toString();
      expect(encodeTree(decodeText(written)).toString()).toBe(written);
    }),
    runs(800),
  );
});

const FIELDS = ["nodes", "name", "content", "extended_attributes", "generic_attributes", "unknown"];
test("deep nesting is refused, or read without falling over", () => {
  for (const depth of [100, 10_000, 200_000]) {
    const lists = "[".repeat(depth) + "]".repeat(depth);
    const objects = `${'{"a":'.repeat(depth)}1${"}".repeat(depth)}`;
    for (const deep of [lists, objects]) {
      for (const field of FIELDS) {
        const nodes = unlessDamaged(() => decodeText(`{"nodes":[{"type":"file","${field}":${deep}}]}`));
        if (nodes !== null) expect(encodeTree(nodes).byteLength).toBeGreaterThan(0);
      }
    }
    expectDamaged(() => decodeText(lists));
  }
});

test("names of prototypes are names like others", () => {
  const text = `{"nodes":[{"name":"__proto__","type":"dir"},{"name":"a","type":"file","__proto__":{"size":5}}]}`;
  const [first, second] = decodeText(text);
  expect(first?.name).toBe("__proto__");
  expect(second?.size).toBe(0);
  expect(({} as Record<string, unknown>)["size"]).toBeUndefined();
});

test("a type that is not known is kept apart, not guessed", () => {
  expect(decodeText(`{"nodes":[{"name":"a","type":"wormhole"}]}`)[0]?.type).toBe("irregular");
});

/** Attribute values as they come back: in buffers. */
function plain<T extends { readonly extendedAttributes: readonly { name: string; value: Uint8Array }[] }>(
  node: T,
): T {
  const extendedAttributes = node.extendedAttributes.map(({ name, value }) => ({
    name,
    value: Buffer.from(value),
  }));
  return { ...node, extendedAttributes };
}
