package dev.selvedge.cli;

import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/// Reads a process id from the command line.
final class ProcessId implements ITypeConverter<Long> {
  @Override
  public Long convert(String text) {
    if (!text.matches("[1-9]\\d{0,17}")) {
      throw new TypeConversionException("'" + text + "' is not a process id");
    }
    return Long.valueOf(text);
  }
}
