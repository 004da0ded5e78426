"""The preset dictionary of section 2: words that passes share, the most frequent last. Frozen: passes rely on it."""

WORDS = (
    "Viện Pasteur Trung tâm Kiểm soát bệnh tật xét nghiệm Sở Y tế Công an Ủy ban nhân dân Ban Chỉ huy Quân sự "
    "Tập đoàn Ngân hàng Siêu thị Bưu điện Điện lực Cấp nước Môi trường đô thị Công ty Cổ phần Công ty TNHH Nhà hát "
    "Sân vận động Đêm nhạc Cổng Khu Hàng Ghế Điều dưỡng Bác sĩ Bảo vệ Kỹ thuật viên Nhân viên giao hàng Lái xe "
    "Vận chuyển hàng thiết yếu Đi chợ Tiêm chủng Cấp cứu Nhân viên y tế Quốc lộ 1A Cao tốc Cầu Đường Võ Văn Kiệt "
    "Điện Biên Phủ Cách Mạng Tháng Tám Lê Văn Lương Nguyễn Hữu Thọ Nguyễn Văn Linh Bệnh viện Chợ Rẫy Thành phố "
    "Thủ Đức Bình Thạnh Tân Bình Gò Vấp Phú Nhuận Nhà Bè Bình Chánh Hóc Môn Củ Chi Cần Giờ Hà Nội Đà Nẵng Hải Phòng "
    "Cần Thơ Bình Dương Đồng Nai Long An Huyện Thị xã Xã Phường Quận 1 Quận 3 Quận 5 Quận 7 Quận 10 Quận 12 "
    "TP. Hồ Chí Minh Hoàng Huỳnh Phan Vũ Võ Đặng Bùi Đỗ Hồ Ngô Dương Lý Phạm Văn Lê Thị Trần Văn Trần Thị Nguyễn Văn "
    "Nguyễn Thị "
)
DICTIONARY = WORDS.encode("utf-8")
