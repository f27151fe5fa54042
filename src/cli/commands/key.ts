import type { Command } from "commander";
import { addKey, changePassword, type KeyInfo, listKeys, removeKey } from "../../operations/keys.ts";
import { accessOf } from "../access.ts";
import type { Action, Define } from "../command.ts";
import { formatTable, formatTime, printable } from "../format.ts";
import { newPasswordOf } from "../new-password.ts";
import { exampleOf } from "../options.ts";
import type { Texts } from "../texts/texts.ts";

interface NewPasswordOptions {
  readonly newPasswordFile?: string;
}

/** `holdfast key list|add|remove|passwd` */
export const defineKey: Define = (command, bind, texts) => {
  const { options, values } = texts;
  command.usage("[options] <command>").helpCommand(false);
  const define = (name: "list" | "add" | "remove" | "passwd"): Command =>
    command
      .command(name)
      .description(texts.keyCommands[name])
      .addHelpText("after", exampleOf(texts.example, texts.keyExamples[name]));
  bind(define("list"), list);
  bind(define("add").option("--new-password-file <file>", options.newPasswordFile), add);
  bind(define("remove").argument("<id>", values.key), remove);
  bind(define("passwd").option("--new-password-file <file>", options.newPasswordFile), passwd);
};

const list: Action<object> = async (context) => {
  const keys = await listKeys(await accessOf(context));
  context.output.data(keys, table(keys, context.texts));
  return null;
};

const add: Action<NewPasswordOptions> = async (context, { newPasswordFile }) => {
  const access = await accessOf(context);
  const newPassword = await newPasswordOf(context, newPasswordFile ?? null);
  const result = await addKey({ ...access, newPassword });
  context.output.summary(result, context.texts.keysChanged(result));
  return null;
};

const remove: Action<object> = async (context, _, [key = ""]) => {
  const result = await removeKey({ ...(await accessOf(context)), key });
  context.output.summary(result, context.texts.keysChanged(result));
  return null;
};

const passwd: Action<NewPasswordOptions> = async (context, { newPasswordFile }) => {
  const access = await accessOf(context);
  const newPassword = await newPasswordOf(context, newPasswordFile ?? null);
  const result = await changePassword({ ...access, newPassword });
  context.output.summary(result, context.texts.keysChanged(result));
  return null;
};

function table(keys: readonly KeyInfo[], { keyColumns }: Texts): string {
  const rows = keys.map(({ id, current, user, host, created }) => [
    current ? "*" : "",
    id.slice(0, 8),
    printable(user),
    printable(host),
    formatTime(new Date(created)),
  ]);
  return formatTable([keyColumns, ...rows], ["left", "left", "left", "left", "left"]);
}
