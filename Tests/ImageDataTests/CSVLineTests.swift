import ImageData
import Testing

@Suite struct CSVLineTests {
  /// RFC 4180, section 2.
  @Test(arguments: [
    (["a", "b c", ""], "a,b c,\n"), (["a,b", "c"], "\"a,b\",c\n"), (["say \"hi\"", "1"], "\"say \"\"hi\"\"\",1\n"),
    (["two\nlines", "cr\rlf\r\n"], "\"two\nlines\",\"cr\rlf\r\n\"\n"), ([""], "\n"),
  ])
  func fieldsAreQuotedWhereTheyMustBe(fields: [String], line: String) {
    #expect(CSVLine.text(fields) == line)
  }
}
