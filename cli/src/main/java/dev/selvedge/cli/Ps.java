package dev.selvedge.cli;

import dev.selvedge.trace.live.JvmList;
import dev.selvedge.trace.live.JvmList.Jvm;
import java.io.PrintWriter;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// What `selvedge ps` does: lists the JVMs of this user.
final class Ps {
  private Ps() {}

  static void print(boolean json, PrintWriter out) {
    List<Jvm> jvms = JvmList.ofThisUser();
    if (json) {
      out.println(JsonText.of("selvedge.ps/1", Map.of("jvms", json(jvms))));
    } else {
      lines(jvms).forEach(out::println);
    }
  }

  static List<Map<String, Object>> json(List<Jvm> jvms) {
    return jvms.stream().map(Ps::json).toList();
  }

  private static Map<String, Object> json(Jvm jvm) {
    Map<String, Object> all = new LinkedHashMap<>();
    all.put("pid", jvm.pid());
    all.put("program", jvm.program());
    all.put("runtimeVersion", jvm.version());
    all.put("selvedge", jvm.selvedge());
    all.put("problem", jvm.problem());
    return all;
  }

  static List<String> lines(List<Jvm> jvms) {
    return jvms.isEmpty()
        ? List.of("no JVM of this user runs, but for this command")
        : jvms.stream().map(Ps::line).toList();
  }

  private static String line(Jvm jvm) {
    return jvm.problem().isEmpty()
        ? String.format(
            "%7d  %-16s %-9s %s",
            jvm.pid(), jvm.version(), jvm.selvedge() ? "selvedge" : "", jvm.program())
        : String.format("%7d  %s", jvm.pid(), jvm.problem());
  }
}
