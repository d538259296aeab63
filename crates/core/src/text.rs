/// True for a character that a terminal would obey, or that turns or hides the text around it: control characters, and the marks of
/// Unicode for direction and invisibility (Unicode Technical Report 36, section 3). Names from an image hold what their maker wants.
#[must_use]
pub fn is_hostile(character: char) -> bool {
    character.is_control()
        || matches!(character,
            '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}')
        || matches!(character, '\u{e0000}'..='\u{e007f}')
}
