import { type Command, Option } from "commander";
import type { Define } from "../command.ts";
import { exampleOf, repeatable, withVariable } from "../options.ts";
import { exportAction } from "./cookies-export.ts";
import { importAction } from "./cookies-import.ts";
import { statusAction } from "./cookies-status.ts";

const WRITTEN_FORMATS = ["playwright", "cookie-editor", "edit-this-cookie", "netscape", "puppeteer"];

/** `holdfast cookies export|import|status` */
export const defineCookies: Define = (command, bind, texts) => {
  const { cookieOptions: options } = texts;
  command.usage("[options] <command>").helpCommand(false);
  const define = (name: "export" | "import" | "status"): Command =>
    command
      .command(name)
      .description(texts.cookieCommands[name])
      .addHelpText("after", exampleOf(texts.example, texts.cookieExamples[name]))
      .addOption(new Option("--profile <profile>", withVariable(options.profile, "profile")))
      .addOption(
        new Option("--connect <url>", withVariable(options.connect, "connect")).conflicts("profile"),
      );
  const cookiecloud = (description: string): Option =>
    new Option("--cookiecloud <url>", description).conflicts(["env", "format"]);

  bind(
    define("export")
      .addOption(new Option("--format <format>", options.writtenFormat).choices(WRITTEN_FORMATS))
      .addOption(repeatable("--domain <domain>", options.domain))
      .option("--out <file>", options.out)
      .addOption(new Option("--env", options.exportEnv).conflicts(["format", "out"]))
      .addOption(cookiecloud(options.push).conflicts("out")),
    exportAction,
  );
  bind(
    define("import")
      .argument("[file]", texts.cookieFile)
      .addOption(new Option("--format <format>", options.format).choices([...WRITTEN_FORMATS, "cookiecloud"]))
      .addOption(repeatable("--domain <domain>", options.domain))
      .addOption(
        new Option("--fresh <browser>", options.fresh).choices(["chromium", "firefox"]).conflicts("connect"),
      )
      .addOption(new Option("--env", options.importEnv).conflicts("format"))
      .addOption(cookiecloud(options.pull)),
    importAction,
  );
  bind(
    define("status").addOption(repeatable("--watch <site>", withVariable(options.watch, "watch"))),
    statusAction,
  );
};
