import { Option } from "commander";
import type { RunEvent } from "../../run/events.ts";
import { run as supervise } from "../../run/run.ts";
import { givenPassword } from "../../config/password.ts";
import type { Action, Define } from "../command.ts";
import { credentialsFrom } from "../credentials.ts";
import { shownAddress } from "../format.ts";
import { counted, named, read, repeatable, withVariable } from "../options.ts";
import { reportRun } from "../run-log.ts";

/** `holdfast run` */
export const defineRun: Define = (command, bind, { options, values }) => {
  command
    .argument("<command...>", values.command)
    .option("--login", withVariable(options.login, "login"))
    .option("--login-args <arguments>", withVariable(options.loginArgs, "loginArgs"))
    .addOption(repeatable("--login-when <rule>", withVariable(options.loginWhen, "loginWhen")))
    .addOption(
      new Option("--login-needs <how many>", withVariable(options.loginNeeds, "loginNeeds")).choices([
        "all",
        "any",
      ]),
    )
    .addOption(repeatable("--watch <site>", withVariable(options.watch, "watch")))
    .option("--profile <profile>", withVariable(options.profile, "profile"))
    .option("--connect <url>", withVariable(options.connect, "connect"))
    .addOption(read("--interval <time>", withVariable(options.interval, "intervalMs"), "intervalMs"))
    .addOption(
      new Option("--restart <when>", withVariable(options.restart, "restart")).choices([
        "on-failure",
        "always",
        "never",
      ]),
    )
    .addOption(read("--grace <time>", withVariable(options.grace, "graceMs"), "graceMs"))
    .addOption(read("--stop-signal <name>", withVariable(options.stopSignal, "stopSignal"), "stopSignal"))
    .addOption(
      read(
        "--restore-timeout <time>",
        withVariable(options.restoreTimeout, "restoreTimeoutMs"),
        "restoreTimeoutMs",
      ),
    )
    .option("--require-restore", withVariable(options.requireRestore, "requireRestore"))
    .addOption(read("--handover <time>", withVariable(options.handover, "handoverMs"), "handoverMs"))
    .addOption(repeatable("--notify <url>", withVariable(options.notify, "notify")))
    .addOption(counted("--health-port <port>", withVariable(options.healthPort, "healthPort")))
    .addOption(repeatable("--tag <tag>", withVariable(options.tag, "tag")))
    .addOption(repeatable("--exclude <pattern>", withVariable(options.exclude, "exclude")))
    .addOption(repeatable("--include <pattern>", withVariable(options.include, "include")))
    .addOption(
      new Option("--freeze <when>", withVariable(options.freeze, "freeze")).choices([
        "auto",
        "always",
        "never",
      ]),
    )
    .addOption(named(counted("--max-pause <ms>", withVariable(options.maxPause, "maxPauseMs")), "maxPauseMs"))
    .option("--whole-profiles", withVariable(options.wholeProfiles, "wholeProfiles"))
    .addOption(
      new Option("--session-cookies <what>", withVariable(options.sessionCookies, "sessionCookies")).choices([
        "keep",
        "browser",
      ]),
    );
  bind(command, run);
};

const run: Action<Record<string, never>> = async (context, _, words) => {
  const { settings, environment, output, texts, signal } = context;
  const { store, state, passwordFile } = settings;
  output.detail(texts.using(shownAddress(store), state));
  return supervise({
    ...settings,
    command: words,
    environment,
    address: {
      store,
      credentials: credentialsFrom(environment),
      password: await givenPassword(environment, passwordFile),
    },
    saving: {
      tags: settings.tag,
      exclude: settings.exclude,
      include: settings.include,
      wholeProfiles: settings.wholeProfiles,
      freeze: settings.freeze,
      maxPauseMs: settings.maxPauseMs,
    },
    keepSessionCookies: settings.sessionCookies === "keep",
    signal: AbortSignal.any([signal, hangUp()]),
    onEvent: (event: RunEvent) => reportRun(context, event),
  });
};

/** The terminal was closed. Only a supervisor stops for that: to restic, a writer that takes SIGHUP for an end is dead. */
function hangUp(): AbortSignal {
  const controller = new AbortController();
  process.on("SIGHUP", () => controller.abort("SIGHUP"));
  return controller.signal;
}
