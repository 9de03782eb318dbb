package dev.selvedge.testkit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.selvedge.Pool;
import java.io.File;
import java.io.IOException;
import java.net.URI;
import java.net.URISyntaxException;
import java.net.URL;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// When a JVM ends, and what is done by then: observed in JVMs of their own.
@Timeout(90)
class ExitTest {

  /// What a program did.
  private record End(int status, List<String> out, String err) {}

  private static End run(String... arguments) throws Exception {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.add("-XX:TieredStopAtLevel=1");
    command.add("-classpath");
    command.add(home(Pool.class) + File.pathSeparator + home(ExitPrograms.class));
    command.add(ExitPrograms.class.getName());
    command.addAll(List.of(arguments));
    Process process = new ProcessBuilder(command).start();
    process.getOutputStream().close();
    String out = text(process.getInputStream().readAllBytes());
    String err = text(process.getErrorStream().readAllBytes());
    assertTrue(process.waitFor(60, TimeUnit.SECONDS));
    return new End(process.exitValue(), out.lines().toList(), err);
  }

  private static String text(byte[] bytes) {
    return new String(bytes, StandardCharsets.UTF_8);
  }

  /// {@return the folder or jar that a class is in} A code source names the module, also for what a
  /// test adds to it.
  private static Path home(Class<?> type) throws URISyntaxException, IOException {
    String file = "/" + type.getName().replace('.', '/') + ".class";
    URL url = Objects.requireNonNull(type.getResource(file));
    String text = url.toString();
    return url.getProtocol().equals("jar")
        ? Path.of(URI.create(text.substring("jar:".length(), text.indexOf("!/"))))
        : Path.of(URI.create(text.substring(0, text.length() - file.length())));
  }

  @ParameterizedTest
  @ValueSource(strings = {"virtual", "threads:2"})
  @Tag("SHUTD-05")
  @Tag("THREAD-11")
  void acceptedWorkIsDoneBeforeTheJvmExits(String pool) throws Exception {
    assertEquals(new End(0, List.of("main returns", "done"), ""), run("accepted", pool));
  }

  @ParameterizedTest
  @ValueSource(strings = {"virtual", "threads:2"})
  @Tag("THREAD-11")
  void workThatTasksStartAfterMainIsDoneToo(String pool) throws Exception {
    assertEquals(new End(0, List.of("main returns", "done"), ""), run("fromTask", pool));
  }

  @Test
  void aMainThreadWithAnotherNameIsWaitedFor() throws Exception {
    assertEquals(new End(0, List.of("1 watched", "main returns", "done"), ""), run("renamed"));
  }

  @Test
  @Tag("THREAD-11")
  void aGroupOfADaemonThreadIsDoneToo() throws Exception {
    assertEquals(new End(0, List.of("main returns", "done"), ""), run("group"));
  }

  @Test
  @Tag("THREAD-13")
  void fortyBackgroundTasksDoNotHoldTheJvm() throws Exception {
    assertEquals(new End(0, List.of("main returns"), ""), run("daemons"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"virtual", "threads:2"})
  @Tag("SHUTD-06")
  @Tag("THREAD-14")
  void submittingFromAnExitHookIsRefused(String pool) throws Exception {
    End end = run("hook", pool);
    assertEquals(0, end.status());
    String refusal = "the JVM is shutting down, and the pool '" + pool + "' takes no more work";
    assertEquals(List.of("main returns", "refused: " + refusal), end.out(), end::toString);
  }
}
