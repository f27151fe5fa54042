import { expect, test } from "vitest";
import { projectFiles, readProjectFile } from "./project.ts";

const EXPORT =
  /^export (?:default )?(?:async )?(?:abstract )?(?:function\*?|const|class|interface|type) (\w+)/;

test("every export of the sources has a doc comment", () => {
  const undocumented = projectFiles("src/**/*.ts").flatMap((path) => {
    const lines = readProjectFile(path).split("\n");
    return lines.flatMap((line, index) => {
      const name = EXPORT.exec(line)?.[1];
      // A function with overloads is documented at its first signature.
      const isFirst = name !== undefined && EXPORT.exec(lines[index - 1] ?? "")?.[1] !== name;
      return isFirst && lines[index - 1]?.endsWith("*/") !== true ? [`${path}:${index + 1} ${name}`] : [];
    });
  });
  expect(undocumented).toEqual([]);
});

test("files are short, or say why not", () => {
  const long = projectFiles("{src,test,bench,demo,scripts}/**/*.ts").filter((path) => {
    const text = readProjectFile(path);
    return text.split("\n").length > 400 && !text.includes("max-lines");
  });
  expect(long).toEqual([]);
});
