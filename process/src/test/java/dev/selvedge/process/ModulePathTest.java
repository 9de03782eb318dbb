package dev.selvedge.process;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.selvedge.Pool;
import java.io.File;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.spi.ToolProvider;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// A user's module, with this library on its module path: compiled here, and run in a JVM of its
/// own, whose workers are modular too.
@Timeout(120)
class ModulePathTest {
  private static final String MAIN =
      """
      package consumer;

      import dev.selvedge.process.ProcessPool;
      import java.util.List;

      public final class Main {
        record Word(String text, int length) {}

        public static void main(String[] args) throws Exception {
          try (ProcessPool pool = ProcessPool.of(1)) {
            String where = pool.submit(() -> Main.class.getModule() + " " + args.length).get();
            List<Word> words = pool.map(List.of("a", "bc"), w -> new Word(w, w.length())).toList();
            System.out.println(where + " " + words.getLast().length());
          }
        }
      }
      """;

  @TempDir private Path folder = Path.of("");
  private Path classes = Path.of("");

  @BeforeEach
  void makeFolder() throws Exception {
    classes = Files.createDirectory(folder.resolve("classes"));
  }

  private static String jar(Class<?> of) throws Exception {
    return Path.of(of.getProtectionDomain().getCodeSource().getLocation().toURI()).toString();
  }

  private String modulePath() throws Exception {
    return String.join(
        File.pathSeparator, classes.toString(), jar(Pool.class), jar(ProcessPool.class));
  }

  private void compile(String descriptor) throws Exception {
    Path info = Files.writeString(folder.resolve("module-info.java"), descriptor);
    Path main = Files.writeString(folder.resolve("Main.java"), MAIN);
    var said = new StringWriter();
    int code =
        ToolProvider.findFirst("javac")
            .orElseThrow()
            .run(
                new PrintWriter(said),
                new PrintWriter(said),
                "-d",
                classes.toString(),
                "--module-path",
                modulePath(),
                info.toString(),
                main.toString());
    assertEquals(0, code, said::toString);
  }

  private String run() throws Exception {
    String java = Path.of(System.getProperty("java.home"), "bin", "java").toString();
    Process process =
        new ProcessBuilder(
                java,
                "--enable-native-access=dev.selvedge.process",
                "--module-path",
                modulePath(),
                "--module",
                "consumer/consumer.Main")
            .redirectErrorStream(true)
            .start();
    process.getOutputStream().close();
    return new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip();
  }

  @Test
  void aModuleThatIsOpenToTheLibraryRunsInWorkers() throws Exception {
    compile(
        "module consumer { requires dev.selvedge.process; opens consumer to dev.selvedge.process;"
            + " }");
    String said = run();
    assertEquals("module consumer 0 2", said.lines().toList().getLast(), said);
  }

  @Test
  void whatNeedsAnOpenModuleSaysSo() throws Exception {
    compile("module consumer { requires dev.selvedge.process; }");
    String said = run();
    assertTrue(
        said.contains(
            "the record consumer.Main$Word is not Serializable, and its module does not open its"
                + " package to dev.selvedge.process"),
        said);
  }
}
