package dev.selvedge.examples.docs;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.selvedge.Task;
import dev.selvedge.loop.EventLoop;
import dev.selvedge.process.ProcessPool;
import dev.selvedge.testkit.Explorer;
import java.io.File;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import javax.tools.Diagnostic;
import javax.tools.DiagnosticCollector;
import javax.tools.JavaFileObject;
import javax.tools.SimpleJavaFileObject;
import javax.tools.ToolProvider;
import org.apiguardian.api.API;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.platform.commons.support.ReflectionSupport;
import org.opentest4j.AssertionFailedError;

/// Compiles each block of Java in the pages and in the documentation of the event loop, and runs
/// those that are programs, as a reader would.
@Timeout(120)
final class SamplesTest {
  private static final Path ROOT = Path.of("..").toAbsolutePath().normalize();
  private static final int PATIENCE_SECONDS = 60;
  private static final int README_EXAMPLE_WITHIN_LINES = 25;

  private static final String MODULES =
      "dev.selvedge,dev.selvedge.loop,dev.selvedge.process,dev.selvedge.testkit";

  @TempDir private static Path classes;

  private static List<Sample> samples = List.of();

  /// What the compiler had to say, and the samples that it is about.
  private static List<String> complaints = List.of();

  @BeforeAll
  static void compileAll() throws Exception {
    samples = samples();
    var diagnostics = new DiagnosticCollector<JavaFileObject>();
    var compiler = ToolProvider.getSystemJavaCompiler();
    List<String> options =
        List.of(
            "-p",
            library() + File.pathSeparator + junit(),
            "--add-modules",
            MODULES + ",org.junit.jupiter.api",
            "-d",
            classes.toString(),
            "-proc:none",
            "-Xlint:deprecation,unchecked,removal,try");
    var sources = new ArrayList<JavaFileObject>();
    sources.add(source("Given", given()));
    samples.forEach(sample -> sources.add(source(sample.className(), sample.source())));
    compiler.getTask(null, null, diagnostics, options, null, sources).call();
    complaints = diagnostics.getDiagnostics().stream().map(SamplesTest::text).toList();
  }

  private static List<Sample> samples() throws IOException {
    var found = new ArrayList<Sample>();
    for (Path page : pages()) {
      found.addAll(Sample.in(ROOT, page));
    }
    return found;
  }

  private static List<Path> pages() throws IOException {
    try (Stream<Path> top = Files.list(ROOT);
        Stream<Path> docs = Files.walk(ROOT.resolve("docs"));
        Stream<Path> loop = Files.walk(ROOT.resolve("loop/src/main"))) {
      return Stream.concat(
              Stream.concat(top, docs).filter(file -> file.toString().endsWith(".md")),
              loop.filter(file -> file.toString().endsWith(".java")))
          .sorted()
          .toList();
    }
  }

  /// {@return the jars, or the folders of classes, of the library that this test runs on}
  private static String library() throws Exception {
    return places(Task.class, ProcessPool.class, EventLoop.class, Explorer.class);
  }

  /// {@return what a test in a page needs besides}
  private static String junit() throws Exception {
    return places(Test.class, ReflectionSupport.class, AssertionFailedError.class, API.class);
  }

  private static String places(Class<?>... types) throws Exception {
    List<String> places = new ArrayList<>();
    for (Class<?> type : types) {
      places.add(place(type));
    }
    return String.join(File.pathSeparator, places);
  }

  private static String place(Class<?> type) throws Exception {
    var source = Objects.requireNonNull(type.getProtectionDomain().getCodeSource());
    return Path.of(source.getLocation().toURI()).toString();
  }

  private static String given() throws IOException {
    try (var text = Objects.requireNonNull(SamplesTest.class.getResourceAsStream("Given.java"))) {
      return new String(text.readAllBytes(), StandardCharsets.UTF_8);
    }
  }

  private static JavaFileObject source(String className, String text) {
    return new SimpleJavaFileObject(
        URI.create("sample:///" + className + ".java"), JavaFileObject.Kind.SOURCE) {
      @Override
      public CharSequence getCharContent(boolean ignoreEncodingErrors) {
        return text;
      }
    };
  }

  private static String text(Diagnostic<? extends JavaFileObject> said) {
    var source = said.getSource();
    return (source == null ? "" : source.getName())
        + ":"
        + said.getLineNumber()
        + ": "
        + said.getMessage(null);
  }

  @Test
  void everySampleCompilesWithoutAWarning() {
    assertEquals("", String.join("\n", complaints));
  }

  @Test
  void theReadmeBeginsWithAProgram() {
    var first =
        samples.stream()
            .filter(sample -> sample.page().equals("README.md"))
            .findFirst()
            .orElseThrow();
    assertTrue(first.isProgram() && first.line() <= README_EXAMPLE_WITHIN_LINES, first.toString());
  }

  /// {@return a test for each program}
  @TestFactory
  Stream<DynamicTest> runsAndPrintsWhatThePageSays() {
    return samples.stream()
        .filter(Sample::isProgram)
        .map(sample -> DynamicTest.dynamicTest(sample.toString(), () -> run(sample)));
  }

  private static void run(Sample sample) throws Exception {
    var out = Files.createTempFile("sample", ".out");
    var err = Files.createTempFile("sample", ".err");
    try {
      var process =
          new ProcessBuilder(
                  Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                  "-XX:TieredStopAtLevel=1",
                  "-p",
                  library(),
                  "--add-modules",
                  MODULES,
                  "--add-opens",
                  "java.base/java.lang=dev.selvedge.loop",
                  "-cp",
                  classes.toString(),
                  sample.className())
              .redirectOutput(out.toFile())
              .redirectError(err.toFile())
              .start();
      process.getOutputStream().close();
      var ended = process.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS);
      process.destroyForcibly();
      assertTrue(ended, () -> sample + " hangs");
      assertEquals(0, process.exitValue(), Files.readString(err));
      assertEquals("", Files.readString(err));
      if (sample.prints().isPresent()) {
        assertEquals(sample.prints().get(), Files.readString(out));
      }
    } finally {
      Files.deleteIfExists(out);
      Files.deleteIfExists(err);
    }
  }
}
