import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.List;
import java.util.spi.ToolProvider;

/// Runs google-java-format over every Java source of the repository, in one process.
///
/// `java -cp google-java-format.jar Format.java check|write ROOT`; the build calls it with the
/// toolchain's JDK, because the formatter must read the language of that JDK.
final class Format {
  private Format() {}

  public static void main(String[] args) throws IOException {
    var write = args[0].equals("write");
    var sources = sources(Path.of(args[1]).toRealPath());
    var options =
        new ArrayList<>(
            write ? List.of("--replace") : List.of("--dry-run", "--set-exit-if-changed"));
    options.addAll(sources);
    var formatter = ToolProvider.findFirst("google-java-format").orElseThrow();
    var status =
        formatter.run(
            new PrintWriter(System.out, true),
            new PrintWriter(System.err, true),
            options.toArray(String[]::new));
    if (status != 0 && !write) {
      System.err.println("Not formatted: the files above. To format: mvn -q -N -Pformat validate");
    }
    System.exit(status);
  }

  /// Every `.java` file below the root, save what was built and what is hidden.
  private static List<String> sources(Path root) throws IOException {
    var found = new ArrayList<String>();
    Files.walkFileTree(
        root,
        new SimpleFileVisitor<>() {
          @Override
          public FileVisitResult preVisitDirectory(Path folder, BasicFileAttributes attributes) {
            var name = folder.getFileName().toString();
            var skipped = name.equals("target") || (name.startsWith(".") && !folder.equals(root));
            return skipped ? FileVisitResult.SKIP_SUBTREE : FileVisitResult.CONTINUE;
          }

          @Override
          public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) {
            if (file.toString().endsWith(".java")) {
              found.add(file.toString());
            }
            return FileVisitResult.CONTINUE;
          }
        });
    found.sort(null);
    return found;
  }
}
