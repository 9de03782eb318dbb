package dev.selvedge.cli;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/// Rows of text in columns of the same width: the first one begins at the left, the others end at
/// the right.
final class TextTable {
  private static final String GAP = "  ";

  private final List<List<String>> rows = new ArrayList<>();

  void add(Object... cells) {
    rows.add(List.of(cells).stream().map(String::valueOf).toList());
  }

  /// {@return the rows as lines}
  List<String> lines() {
    int columns = rows.stream().mapToInt(List::size).max().orElse(0);
    int[] widths = new int[columns];
    for (var row : rows) {
      for (int i = 0; i < row.size(); i++) {
        widths[i] = Math.max(widths[i], width(row.get(i)));
      }
    }
    return rows.stream().map(row -> line(row, widths)).toList();
  }

  private static String line(List<String> row, int[] widths) {
    return IntStream.range(0, row.size())
        .mapToObj(i -> padded(row.get(i), widths[i], i == 0))
        .collect(Collectors.joining(GAP))
        .stripTrailing();
  }

  private static String padded(String text, int width, boolean left) {
    var blanks = " ".repeat(width - width(text));
    return left ? text + blanks : blanks + text;
  }

  private static int width(String text) {
    return text.codePointCount(0, text.length());
  }
}
