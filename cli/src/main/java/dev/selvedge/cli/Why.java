package dev.selvedge.cli;

import dev.selvedge.trace.live.CannotAttachException;
import dev.selvedge.trace.live.RunningJvm;
import dev.selvedge.trace.live.WaitChain;
import java.io.PrintWriter;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// What `selvedge why` does: prints the chain of those that a task waits for.
final class Why {
  private Why() {}

  static void print(long pid, String task, boolean json, PrintWriter out) throws CommandFailure {
    WaitChain chain = ask(pid, task);
    if (chain.matches() == 0) {
      throw CommandFailure.noSuchTask(
          "process "
              + pid
              + " has no task '"
              + task
              + "' that is not done; "
              + (chain.near().isEmpty()
                  ? "it has none at all"
                  : "the nearest are " + String.join(", ", chain.near())));
    }
    if (json) {
      out.println(JsonText.of("selvedge.why/1", json(pid, chain)));
    } else {
      print(chain, out);
    }
  }

  private static WaitChain ask(long pid, String task) throws CommandFailure {
    try (RunningJvm jvm = RunningJvm.attach(pid)) {
      return jvm.why(task)
          .orElseThrow(
              () ->
                  CommandFailure.noSuchTask(
                      "process "
                          + pid
                          + " does not use Selvedge, so it has no tasks; 'selvedge tree "
                          + pid
                          + "' shows its threads"));
    } catch (CannotAttachException e) {
      throw CommandFailure.cannotAttach(e);
    }
  }

  private static void print(WaitChain chain, PrintWriter out) {
    if (chain.matches() > 1) {
      out.printf("%,d tasks have this name; this is one of them%n", chain.matches());
    }
    String lead = "";
    for (WaitChain.Step step : chain.steps()) {
      out.println(lead + step.who() + " " + sentence(step));
      if (!step.at().isEmpty()) {
        out.println("    at " + step.at());
      }
      lead = "  because ";
    }
    if (chain.circle()) {
      out.println("  and that is a circle: none of these can go on");
    }
    List<String> cancelled = chain.cancelled();
    if (!cancelled.isEmpty()) {
      out.println("cancelled: " + cancelled.getFirst());
      cancelled.stream().skip(1).forEach(why -> out.println("  because " + why));
    }
  }

  private static String sentence(WaitChain.Step step) {
    return "is "
        + step.state()
        + (step.on().isEmpty()
            ? ""
            : (step.state().equals("in a group") ? ": " : " for ") + step.on())
        + (step.heldBy().isEmpty() ? "" : ", held by " + step.heldBy());
  }

  private static Map<String, Object> json(long pid, WaitChain chain) {
    Map<String, Object> all = new LinkedHashMap<>();
    all.put("pid", pid);
    all.put("matches", chain.matches());
    all.put("task", chain.task());
    all.put("id", chain.id());
    all.put("steps", chain.steps().stream().map(Why::json).toList());
    all.put("circle", chain.circle());
    all.put("cancelled", chain.cancelled());
    return all;
  }

  private static Map<String, Object> json(WaitChain.Step step) {
    Map<String, Object> all = new LinkedHashMap<>();
    all.put("who", step.who());
    all.put("state", step.state());
    all.put("waitsFor", step.on());
    all.put("heldBy", step.heldBy());
    all.put("at", step.at());
    return all;
  }
}
