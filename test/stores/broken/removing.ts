import { altered, type BrokenStores } from "./altered.ts";

export const BROKEN_REMOVING: BrokenStores = {
  "a removed file is gone, and no other": altered((inner) => ({
    async remove(names, options) {
      for (const prefix of names) {
        const found: string[] = [];
        for await (const { name } of inner.list(prefix, options)) found.push(name);
        await inner.remove(found, options);
      }
    },
  })),

  "removing what is not there is no error, and does not keep the rest": altered((inner) => ({
    async remove(names, options) {
      for (const name of names) await inner.read(name);
      await inner.remove(names, options);
    },
  })),

  "a name that was removed can be written again": altered((inner) => {
    const graves = new Set<string>();
    return {
      async remove(names, options) {
        await inner.remove(names, options);
        for (const name of names) graves.add(name);
      },
      read: (name, range, options) => inner.read(graves.has(name) ? "in/the/grave" : name, range, options),
    };
  }),
};
