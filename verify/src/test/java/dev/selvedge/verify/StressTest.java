package dev.selvedge.verify;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.tngtech.archunit.core.importer.ClassFileImporter;
import java.io.IOException;
import java.lang.ProcessBuilder.Redirect;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.openjdk.jcstress.annotations.JCStressTest;

/// Runs all jcstress tests of this module in a JVM of their own, and checks that all have run: what
/// jcstress cannot schedule, such as three actors on two cores, it leaves out without a word.
final class StressTest {
  private static final Pattern PASSED = Pattern.compile("(?m)^\\.* *\\[OK\\] (dev\\.selvedge\\S+)");
  private static final Pattern TOTAL =
      Pattern.compile("Results: (\\d+) planned; (\\d+) passed, (.*)\\)");

  @TempDir private Path folder;

  /// One JVM for each test, with the flags given here instead of those that jcstress would try.
  @Test
  @Timeout(value = 5, unit = TimeUnit.MINUTES)
  void nothingForbiddenIsSeenInAShortRun() throws Exception {
    stress("-iters", "1", "-time", "50", "-f", "1", "-hs", "256", "-jvmArgs", "-XX:+UseSerialGC");
  }

  @Test
  @Tag("long")
  @Timeout(value = 1, unit = TimeUnit.HOURS)
  void nothingForbiddenIsSeenInALongRun() throws Exception {
    stress("-iters", "2", "-time", "200", "-f", "1", "-hs", "256");
  }

  private void stress(String... effort) throws Exception {
    var log = folder.resolve("jcstress.log");
    var exitCode = start(log, effort).waitFor();
    var said = Files.readString(log);
    assertEquals(0, exitCode, said);
    assertEquals(declared(), passed(said), said);
    var total = TOTAL.matcher(said).results().reduce((first, last) -> last).orElseThrow();
    assertEquals(total.group(1), total.group(2), said);
    assertEquals("0 failed, 0 soft errs, 0 hard errs", total.group(3), said);
    System.out.println("jcstress: " + declared().size() + " tests, " + total.group(2) + " runs");
  }

  private Process start(Path log, String... effort) throws IOException {
    var command = new ArrayList<String>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(List.of("-cp", classPath(), "org.openjdk.jcstress.Main", "-v"));
    command.addAll(List.of("-sc", "false", "-af", "NONE", "-r", folder.resolve("html").toString()));
    command.addAll(List.of(effort));
    return new ProcessBuilder(command)
        .directory(folder.toFile())
        .redirectErrorStream(true)
        .redirectOutput(Redirect.to(log.toFile()))
        .start();
  }

  /// Surefire hides the class path in a jar and tells it here.
  private static String classPath() {
    return System.getProperty("surefire.test.class.path", System.getProperty("java.class.path"));
  }

  private static Set<String> declared() {
    return new ClassFileImporter()
        .importPackages("dev.selvedge.verify").stream()
            .filter(type -> type.isAnnotatedWith(JCStressTest.class))
            .map(type -> type.getName().replace('$', '.'))
            .collect(Collectors.toCollection(TreeSet::new));
  }

  private static Set<String> passed(String said) {
    return new TreeSet<>(PASSED.matcher(said).results().map(match -> match.group(1)).toList());
  }
}
