package dev.selvedge.examples.docs;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/// A fenced block of Java in a page, or in the documentation in a source file: a program if it has
/// a `main` method, otherwise a fragment of a method.
///
/// @param page the page's or source file's name, for messages
/// @param line where the block begins in the page
/// @param code what is in the block
/// @param prints what the block of `text` says that follows it at once, if there is one
record Sample(String page, int line, String code, Optional<String> prints) {
  private static final Pattern IMPORT = Pattern.compile("^import .*;$");
  private static final Pattern COMMENT = Pattern.compile("^\\s*/// ?");

  /// {@return the samples of a page, from the top}
  static List<Sample> in(Path root, Path page) throws IOException {
    var name = root.relativize(page).toString();
    var lines =
        Files.readAllLines(page).stream()
            .map(line -> name.endsWith(".java") ? COMMENT.matcher(line).replaceFirst("") : line)
            .toList();
    var samples = new ArrayList<Sample>();
    for (int i = 0; i < lines.size(); i++) {
      if (lines.get(i).equals("```java")) {
        var end = end(lines, i);
        samples.add(new Sample(name, i + 1, text(lines, i + 1, end), printed(lines, end + 1)));
        i = end;
      }
    }
    return samples;
  }

  private static int end(List<String> lines, int start) {
    int end = start + 1;
    while (!lines.get(end).equals("```")) {
      end++;
    }
    return end;
  }

  private static String text(List<String> lines, int from, int to) {
    return lines.subList(from, to).stream().map(line -> line + "\n").collect(Collectors.joining());
  }

  private static Optional<String> printed(List<String> lines, int from) {
    int start = from;
    while (start < lines.size() && lines.get(start).isBlank()) {
      start++;
    }
    return start < lines.size() && lines.get(start).equals("```text")
        ? Optional.of(text(lines, start + 1, end(lines, start)))
        : Optional.empty();
  }

  boolean isProgram() {
    return code.contains("void main(");
  }

  /// {@return the name of the class that this sample becomes}
  String className() {
    return page.replaceAll("\\W", "_") + "_" + line;
  }

  /// {@return a source file that compiles if the sample does} A fragment sees what [Given]
  /// declares.
  String source() {
    if (isProgram()) {
      return code;
    }
    var imports = lines(true);
    return "import module dev.selvedge;\n"
        + "import module dev.selvedge.loop;\n"
        + "import module dev.selvedge.process;\n"
        + "import module dev.selvedge.testkit;\n"
        + "import module java.base;\n"
        + imports
        + "abstract class "
        + className()
        + " extends Given {\n  void fragment() throws Exception {\n"
        + lines(false)
        + "  }\n}\n";
  }

  private String lines(boolean imports) {
    return code.lines()
        .filter(line -> IMPORT.matcher(line).matches() == imports)
        .map(line -> line + "\n")
        .collect(Collectors.joining());
  }

  @Override
  public String toString() {
    return page + ":" + line;
  }
}
