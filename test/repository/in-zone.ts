/** Lets this process live in a time zone until the end of a `using`. */
export function inZone(zone: string): Disposable {
  const before = process.env["TZ"];
  process.env["TZ"] = zone;
  return {
    [Symbol.dispose]() {
      if (before === undefined) delete process.env["TZ"];
      else process.env["TZ"] = before;
    },
  };
}
