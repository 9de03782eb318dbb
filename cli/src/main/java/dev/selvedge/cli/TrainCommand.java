package dev.selvedge.cli;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.Writer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/// Does once, into the void, what the command does every day: the launcher runs it while the JVM
/// records the AOT cache.
@Command(name = "train", hidden = true)
final class TrainCommand implements Callable<Integer> {
  private static final String PROGRAM =
      """
      import module dev.selvedge;

      void main(String[] args) {
        IO.println(Stream.of(args).map(String::strip).toList());
      }
      """;

  @Parameters(paramLabel = "LIBRARY", description = "The folder of module jars.")
  private Path library = Path.of("");

  @Override
  public Integer call() throws IOException {
    for (var line : List.of("--help", "--version", "rum", "run --help", "completion bash")) {
      var nowhere = new PrintWriter(Writer.nullWriter());
      Main.commandLine(nowhere, nowhere).execute(line.split(" "));
    }
    var folder = Files.createTempDirectory("selvedge-train");
    try {
      compileIn(folder);
    } finally {
      ProgramCache.delete(folder);
    }
    return 0;
  }

  private void compileIn(Path folder) throws IOException {
    var source = Files.writeString(folder.resolve("Trained.java"), PROGRAM);
    var settings =
        new LaunchSettings(
            Optional.of(library),
            Optional.of(folder.resolve("plan")),
            Optional.of(folder.resolve("record")),
            folder.resolve("cache"));
    var nowhere = new PrintWriter(Writer.nullWriter());
    new picocli.CommandLine(new RunCommand(settings, nowhere)).execute(source.toString());
  }
}
