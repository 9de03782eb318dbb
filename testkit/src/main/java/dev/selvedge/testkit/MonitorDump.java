package dev.selvedge.testkit;

import com.sun.management.HotSpotDiagnosticMXBean;
import com.sun.management.HotSpotDiagnosticMXBean.ThreadDumpFormat;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// Who is in which monitor and who waits for one, read from a dump of the JVM's threads, which is
/// the only thing that tells it of virtual threads.
final class MonitorDump {
  private static final Pattern LINE =
      Pattern.compile(
          "#(?<thread>\\d+) \".*"
              + "|\\s+at (?<frame>.*)"
              + "|\\s+- locked <(?<locked>.*)>"
              + "|\\s+- waiting to lock <(?<awaited>.*)>");

  /// A monitor that somebody is in.
  ///
  /// @param monitor the class and hash code of its object
  /// @param owner the number of the thread
  /// @param where it was entered, the method and line
  record Held(String monitor, long owner, String where) {}

  private final Map<String, Held> held = new HashMap<>();
  private final Map<Long, String> awaited = new HashMap<>();

  private MonitorDump(List<String> lines) {
    long thread = 0;
    String frame = "";
    for (String line : lines) {
      Matcher parts = LINE.matcher(line);
      if (!parts.matches()) {
        continue;
      }
      if (parts.group("thread") != null) {
        thread = Long.parseLong(parts.group("thread"));
      } else if (parts.group("frame") != null) {
        frame = parts.group("frame");
      } else if (parts.group("locked") != null) {
        String monitor = parts.group("locked");
        held.put(monitor, new Held(monitor, thread, " at " + frame));
      } else {
        awaited.put(thread, parts.group("awaited"));
      }
    }
  }

  /// {@return what is in a dump of this moment; nothing if there can be none}
  static MonitorDump take() {
    try {
      Path folder = Files.createTempDirectory("selvedge");
      Path file = folder.resolve("threads.txt");
      try {
        ManagementFactory.getPlatformMXBean(HotSpotDiagnosticMXBean.class)
            .dumpThreads(file.toString(), ThreadDumpFormat.TEXT_PLAIN);
        return new MonitorDump(Files.readAllLines(file));
      } finally {
        Files.deleteIfExists(file);
        Files.delete(folder);
      }
    } catch (IOException | RuntimeException e) {
      return new MonitorDump(List.of());
    }
  }

  /// {@return the monitor that a thread waits to enter, or null if it waits for none}
  @Nullable Held awaitedBy(Thread thread) {
    String monitor = awaited.get(thread.threadId());
    return monitor == null ? null : held.getOrDefault(monitor, new Held(monitor, 0, ""));
  }
}
